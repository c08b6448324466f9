#include "results/recorder.h"

#include <fmt/format.h>

#include <chrono>

#include "results/outcome_json.h"
#include "results/schema.h"

namespace gaikei {
namespace {

constexpr const char* kInMemory = ":memory:";
/// The size is looked at again after so many outcomes.
constexpr std::size_t kBetweenPrunes = 16;
/// A file that cannot be had is tried again after so long.
constexpr Span kBetweenReturns = std::chrono::seconds(10);

std::int64_t MinuteOf(WallTime time) {
  return std::chrono::floor<std::chrono::minutes>(time).time_since_epoch().count();
}

}  // namespace

tl::expected<std::unique_ptr<Recorder>, std::string> Recorder::Open(RecorderOptions options) {
  std::unique_ptr<Recorder> recorder(new Recorder(std::move(options)));
  const RecorderOptions& given = recorder->options_;
  if (given.state_dir.empty()) {
    recorder->path_ = kInMemory;
  } else {
    auto state_dir = StateDir::Acquire(given.state_dir, given.on_state_dir);
    if (!state_dir) return tl::unexpected(std::move(state_dir.error()));
    recorder->state_dir_ = std::move(*state_dir);
    recorder->path_ = given.state_dir + "/gaikei.db";
  }
  if (std::string error = recorder->OpenDatabase(); !error.empty()) {
    return tl::unexpected(std::move(error));
  }
  return recorder;
}

Recorder::~Recorder() { Commit(); }

tl::expected<void, DatabaseError> Recorder::TryOpen(const std::string& path) {
  HistoryLimits limits = options_.limits;
  const bool is_in_memory = path == kInMemory;
  if (is_in_memory) limits.max_bytes = options_.max_bytes_in_memory;
  auto history = History::Open(path, limits, options_.now());
  if (!history) return tl::unexpected(std::move(history.error()));
  std::optional<Database> reader;
  if (!is_in_memory) {
    auto database = Database::Open(path);
    if (!database) return tl::unexpected(std::move(database.error()));
    reader = std::move(*database);
  }
  history_ = std::move(*history);
  file_ = is_in_memory ? FileIdentity() : FileIdentity::At(path);
  is_durable_ = !is_in_memory;
  const std::lock_guard lock(reader_mutex_);
  reader_ = std::move(reader);
  return {};
}

std::string Recorder::OpenInMemory() {
  const auto opened = TryOpen(kInMemory);
  return opened ? "" : fmt::format("history in memory: {}", opened.error().message);
}

std::string Recorder::OpenDatabase() {
  if (state_dir_ && state_dir_->Hold() != Holding::kHeld) return OpenInMemory();
  auto opened = TryOpen(path_);
  if (!opened && opened.error().is_corrupt() && path_ != kInMemory) {
    Report(opened.error(), "open");
    if (std::string error = PutAside(); !error.empty()) return error;
    opened = TryOpen(path_);
  }
  if (opened) return "";
  if (path_ == kInMemory || !IsUnwritable(opened.error(), path_)) {
    return fmt::format("{}: {}", path_, opened.error().message);
  }
  Report(opened.error(), "nothing is kept until it can be opened");
  return OpenInMemory();
}

void Recorder::Leave() {
  lost_ += in_transaction_;
  in_transaction_ = 0;
  is_in_transaction_ = false;
  history_.reset();
  const std::lock_guard lock(reader_mutex_);
  reader_.reset();
}

void Recorder::TryToReturn() {
  const WallTime now = options_.now();
  if (now - returned_at_ < kBetweenReturns && now >= returned_at_) return;
  returned_at_ = now;
  // What was counted meanwhile is added to what the file has counted before.
  auto totals = history_ ? history_->Totals() : std::vector<SeriesTally>();
  if (!totals) totals = std::vector<SeriesTally>();
  std::optional<History> in_memory = std::move(history_);
  history_.reset();
  if (!TryOpen(path_)) {
    history_ = std::move(in_memory);
    return;
  }
  lost_ += in_transaction_;
  in_transaction_ = 0;
  is_in_transaction_ = false;
  for (const SeriesTally& series : *totals) {
    Pending& pending = pending_[{series.check, series.region}];
    pending.kind = series.kind;
    pending.total.Merge(series.tally);
  }
  if (options_.on_error) options_.on_error(fmt::format("{}: is kept again", path_));
}

void Recorder::LookAtPlace() {
  if (!state_dir_) return;
  const bool is_held = state_dir_->Hold() == Holding::kHeld;
  if (!file_.is_known()) {
    if (is_held) TryToReturn();
    return;
  }
  const bool is_there = FileIdentity::At(path_) == file_;
  if (is_held && is_there) return;
  // What is written to it now nobody would find again, or another process writes it, too.
  ++errors_;
  if (options_.on_error && is_held) {
    options_.on_error(fmt::format("{}: was removed or replaced: begun anew", path_));
  }
  Leave();
  std::string failed = OpenDatabase();
  if (failed.empty()) return;
  if (options_.on_error) options_.on_error(failed);
  file_ = {};
  is_durable_ = false;
}

std::string Recorder::PutAside() {
  const auto aside = gaikei::PutAside(path_, options_.now());
  if (!aside) return aside.error();
  ++put_aside_;
  if (options_.on_error) options_.on_error(fmt::format("{}: put aside as {}", path_, *aside));
  return "";
}

void Recorder::Report(const DatabaseError& error, const char* doing) {
  ++errors_;
  if (options_.on_error) {
    options_.on_error(fmt::format("{}: {}: {}", path_, doing, error.message));
  }
}

void Recorder::Abandon(const DatabaseError& error, const char* doing) {
  Report(error, doing);
  lost_ += in_transaction_;
  in_transaction_ = 0;
  is_in_transaction_ = false;
  // Totals are worth keeping for another try; minutes of a database that takes nothing are not.
  for (auto& [key, pending] : pending_) pending.minutes.clear();
  if (!history_) return;
  history_->Rollback();
  if (error.is_full()) history_->MakeRoom();
  if (!error.is_corrupt() || !file_.is_known()) return;
  history_.reset();
  {
    const std::lock_guard lock(reader_mutex_);
    reader_.reset();
  }
  std::string failed = PutAside();
  if (failed.empty()) failed = OpenDatabase();
  if (failed.empty()) return;
  if (options_.on_error) options_.on_error(failed);
  file_ = {};
  is_durable_ = false;
}

void Recorder::Count(const Outcome& outcome) {
  Pending& pending = pending_[{outcome.check->name, outcome.region}];
  pending.kind = outcome.check->kind;
  pending.total.Add(outcome);
  pending.minutes[MinuteOf(outcome.scheduled_at)].Add(outcome);
}

DatabaseResult<void> Recorder::Append(std::span<const Outcome> outcomes) {
  if (!is_in_transaction_) {
    if (auto done = history_->Begin(); !done) return done;
    is_in_transaction_ = true;
  }
  std::size_t appended = 0;
  for (const Outcome& outcome : outcomes) {
    if (appended++ % kBetweenPrunes == 0) {
      if (auto done = history_->Prune(options_.now()); !done) return done;
    }
    if (auto done = history_->Append(outcome, ToJson(outcome)); !done) return done;
    ++in_transaction_;
  }
  return {};
}

void Recorder::Record(std::span<const Outcome> outcomes) {
  const std::lock_guard lock(mutex_);
  for (const Outcome& outcome : outcomes) Count(outcome);
  if (!history_) {
    lost_ += outcomes.size();
    return;
  }
  const std::uint64_t before = in_transaction_;
  if (auto done = Append(outcomes); !done) {
    // Those that did not come to be appended are lost too.
    in_transaction_ = before + outcomes.size();
    Abandon(done.error(), "record");
  }
}

DatabaseResult<void> Recorder::Write(WallTime now) {
  if (!is_in_transaction_) {
    if (auto done = history_->Begin(); !done) return done;
    is_in_transaction_ = true;
  }
  if (auto done = history_->Prune(now); !done) return done;
  for (const auto& [key, pending] : pending_) {
    SeriesTally series{key.first, key.second, pending.kind, pending.total};
    if (auto done = history_->AddTotals(series, now); !done) return done;
    for (const auto& [minute, tally] : pending.minutes) {
      series.tally = tally;
      if (auto done = history_->AddRollup(series, minute); !done) return done;
    }
  }
  return history_->Commit();
}

void Recorder::Commit() {
  const std::lock_guard lock(mutex_);
  LookAtPlace();
  if (!history_ || (!is_in_transaction_ && pending_.empty())) return;
  if (auto done = Write(options_.now()); !done) return Abandon(done.error(), "commit");
  is_in_transaction_ = false;
  in_transaction_ = 0;
  pending_.clear();
}

template <class Rows, class Ask>
Rows Recorder::Read(const Ask& ask) {
  const auto take = [&](Database& database) -> Rows {
    auto rows = ask(database);
    if (rows) return std::move(*rows);
    Report(rows.error(), "read");
    return {};
  };
  {
    const std::lock_guard lock(reader_mutex_);
    if (reader_) return take(*reader_);
  }
  const std::lock_guard lock(mutex_);
  return history_ ? take(history_->database()) : Rows{};
}

std::vector<std::string> Recorder::Query(const OutcomeQuery& query) {
  return Read<std::vector<std::string>>(
      [&](Database& database) { return QueryOutcomes(database, query); });
}

std::vector<HistoryRollup> Recorder::Rollups(const std::string& check, const std::string& region,
                                             WallTime since) {
  return Read<std::vector<HistoryRollup>>(
      [&](Database& database) { return QueryRollups(database, check, region, since); });
}

std::vector<SeriesTally> Recorder::Totals() {
  const std::lock_guard lock(mutex_);
  if (!history_) return {};
  auto totals = history_->Totals();
  if (totals) return std::move(*totals);
  Report(totals.error(), "read");
  return {};
}

Recorder::Counts Recorder::counts() const { return {errors_, lost_, put_aside_}; }

}  // namespace gaikei
