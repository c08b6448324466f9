#include "tests/results/spool/spool_rig.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <numeric>

#include "results/spool/sample_codec.h"
#include "results/spool/spool_contents.h"
#include "results/spool/spool_file.h"

namespace gaikei::testing {
namespace {

/// Those of a row that end after the position.
std::optional<std::uint64_t> CountRow(SpoolFile& file, RowCache::Key key, Sequence position,
                                      const SeriesLookup& lookup,
                                      const std::function<bool(const SpoolItem&)>& wants) {
  auto read = file.ReadRow(key);
  if (!read || !*read) return std::nullopt;
  const auto items = DecodeItems((*read)->bytes, lookup);
  if (!items) return std::nullopt;
  std::uint64_t samples = 0;
  for (const SpoolItem& item : *items) {
    if (item.end > position && wants(item)) samples += item.samples();
  }
  return samples;
}

}  // namespace

FastDir::FastDir() {
  std::string name = std::filesystem::is_directory("/dev/shm")
                         ? "/dev/shm"
                         : std::filesystem::temp_directory_path().string();
  name += "/gaikei-spool-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

FastDir::~FastDir() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

SpoolRig::~SpoolRig() { Close(); }

std::string SpoolRig::Open(std::vector<SpoolLane> lanes) {
  SpoolOptions given = options;
  if (!is_in_memory_) given.state_dir = dir();
  given.now = [this] { return now; };
  given.on_error = [this](const std::string& text) { errors_.push_back(text); };
  auto opened = Spool::Open(std::move(given));
  if (!opened) return opened.error();
  spool_ = std::move(*opened);
  lanes_ = std::move(lanes);
  spool_->SetLanes(lanes_);
  return "";
}

void SpoolRig::Restart() {
  Close();
  const std::string error = Open(lanes_);
  ASSERT_EQ(error, "");
}

Outcome SpoolRig::Make(const std::string& check, const std::string& region) {
  Outcome outcome = PassedOutcome(check);
  // As the configuration does it: one identity for all outcomes.
  auto& identity = checks_[check];
  if (!identity) identity = outcome.check;
  outcome.check = identity;
  outcome.region = region;
  outcome.scheduled_at = now + std::chrono::milliseconds(made_++);
  outcome.started_at = outcome.scheduled_at;
  return outcome;
}

void SpoolRig::Append(int count, int checks) {
  std::vector<Outcome> outcomes;
  for (int i = 0; i < count; ++i) outcomes.push_back(Make(fmt::format("check{}", i % checks)));
  spool_->Append(outcomes);
}

void SpoolRig::AppendAndCommit(int count, int checks) {
  Append(count, checks);
  spool_->Commit();
}

std::string SpoolRig::Identity(const SpoolItem& item) {
  if (const auto* sample = std::get_if<Sample>(&item.content)) {
    return fmt::format("{} {} {}", item.series().check->name, item.series().region,
                       sample->scheduled_at.time_since_epoch().count());
  }
  const char* kind = std::holds_alternative<Rollup>(item.content) ? "rollup" : "departure";
  return fmt::format("{} {} {} {}", kind, item.series().check->name, item.series().region,
                     item.samples());
}

std::uint64_t SpoolRig::Send(const std::string& lane, std::size_t items) {
  const Spool::Backlog backlog = spool_->Read(lane, items, std::size_t{1} << 30U);
  if (backlog.items.empty()) return 0;
  Spool::Settlement settlement;
  for (const SpoolItem* item : backlog.items) settlement.sent += item->samples();
  settlement.end = backlog.items.back()->end;
  const std::uint64_t sent = settlement.sent;
  spool_->Settle(lane, std::move(settlement));
  return sent;
}

std::vector<std::string> SpoolRig::Drain(const std::string& lane, std::size_t at_a_time) {
  std::vector<std::string> delivered;
  Sequence last = 0;
  for (;;) {
    const Spool::Backlog backlog = spool_->Read(lane, at_a_time, std::size_t{1} << 30U);
    if (backlog.items.empty()) return delivered;
    Spool::Settlement settlement;
    for (const SpoolItem* item : backlog.items) {
      EXPECT_GE(item->sequence, last);
      EXPECT_GT(item->end, item->sequence);
      last = item->end;
      settlement.sent += item->samples();
      delivered.push_back(Identity(*item));
    }
    settlement.end = last;
    spool_->Settle(lane, std::move(settlement));
  }
}

void SpoolRig::Check(const std::string& what) {
  for (const LaneAccount& account : spool_->accounts()) ExpectBalanced(account, what);
  if (is_in_memory_ || spool_->counts().is_degraded || !spool_->is_durable()) return;
  spool_->Commit();
  if (spool_->counts().is_degraded) return;
  for (const SpoolLane& lane : lanes_) {
    const auto counted = CountRows(path(), lane.name, lane.selects, lane.takes_rollups);
    ASSERT_TRUE(counted) << what << ": " << lane.name;
    EXPECT_EQ(*counted, Account(lane.name).spooled) << what << ": " << lane.name;
  }
}

void ExpectBalanced(const LaneAccount& account, const std::string& what) {
  std::uint64_t dropped = 0;
  std::string reasons;
  for (const auto& [reason, count] : account.dropped) {
    dropped += count;
    reasons += fmt::format(" {}={}", reason, count);
  }
  EXPECT_EQ(account.produced, account.sent + account.spooled + account.rejected + dropped)
      << what << ": lane " << account.name << ": sent " << account.sent << ", spooled "
      << account.spooled << ", rejected " << account.rejected << ", dropped" << reasons;
  EXPECT_LE(account.duplicates, account.sent) << what;
}

std::optional<std::uint64_t> CountRows(const std::string& path, const std::string& lane,
                                       const std::function<bool(const SampleSeries&)>& selects,
                                       bool takes_rollups) {
  auto file = SpoolFile::OpenReadOnly(path);
  if (!file) return std::nullopt;
  auto contents = LoadSpool((*file)->database());
  if (!contents || !contents->lanes.contains(lane)) return std::nullopt;
  const LaneRow& row = contents->lanes.at(lane);
  std::map<std::int64_t, std::shared_ptr<const SampleSeries>> series;
  for (const SeriesRow& known : contents->series) series[known.series->id] = known.series;
  const SeriesLookup lookup = [&](std::int64_t id) {
    const auto found = series.find(id);
    return found == series.end() ? nullptr : found->second;
  };
  const auto wants = [&](const SpoolItem& item) {
    return (takes_rollups || !std::holds_alternative<Rollup>(item.content)) &&
           (!selects || selects(item.series()));
  };
  std::uint64_t samples = 0;
  for (const FoldedRow& fold : contents->folds[lane]) {
    const RowCache::Key key{RowCache::Table::kFold, static_cast<std::uint64_t>(fold.id)};
    const auto counted = CountRow(**file, key, row.cursor, lookup, wants);
    if (!counted) return std::nullopt;
    samples += *counted;
  }
  const Sequence position = std::max(row.cursor, row.log_from);
  for (const RowHead& head : contents->batches) {
    if (head.end <= position) continue;
    const RowCache::Key key{RowCache::Table::kBatch, head.first};
    const auto counted = CountRow(**file, key, position, lookup, wants);
    if (!counted) return std::nullopt;
    samples += *counted;
  }
  return samples;
}

std::size_t SpoolRig::CountAside() const {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir())) {
    const std::string name = entry.path().filename();
    if (name.starts_with("spool.db.corrupt-") && !name.ends_with("-wal") &&
        !name.ends_with("-shm")) {
      ++count;
    }
  }
  return count;
}

}  // namespace gaikei::testing
