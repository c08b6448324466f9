#include "results/spool/spool.h"

#include <algorithm>

#include "results/spool/spool_impl.h"

namespace gaikei {
namespace {

constexpr std::size_t kMostBytesInRow = std::size_t{256} << 10U;
constexpr std::size_t kLeastBytesInRow = std::size_t{1} << 10U;
/// A lane's bound is at least so many rows: it is kept by the row.
constexpr std::uint64_t kRowsInBound = 16;
/// How much less is tried where a row came out too large.
constexpr double kSafety = 0.9;

}  // namespace

std::vector<ItemRow> MakeItemRows(std::span<const SpoolItem> items, FoldLevel level,
                                  std::size_t max_bytes) {
  std::vector<ItemRow> rows;
  std::size_t count = items.size();
  while (!items.empty()) {
    count = std::clamp<std::size_t>(count, 1, items.size());
    ItemRow row = MakeItemRow(items.first(count), level);
    if (row.head.size > max_bytes && count > 1) {
      const double share = static_cast<double>(max_bytes) / static_cast<double>(row.head.size);
      count = static_cast<std::size_t>(static_cast<double>(count) * share * kSafety);
      continue;
    }
    rows.push_back(std::move(row));
    items = items.subspan(count);
  }
  return rows;
}

LaneBook* Spool::Impl::FindLane(const std::string& name) {
  const auto found = lanes.find(name);
  return found == lanes.end() ? nullptr : &found->second;
}

std::size_t Spool::Impl::RowLimit() const {
  std::uint64_t limit = kMostBytesInRow;
  for (const LaneBook* lane : active) {
    limit = std::min(limit, lane->config.max_bytes / kRowsInBound);
  }
  return std::max<std::size_t>(limit, kLeastBytesInRow);
}

std::uint64_t Spool::Impl::OpenBytes() const { return open_items.size() * bytes_an_item; }

Sequence Spool::Impl::UnwrittenFrom() const {
  if (log.written() < log.size()) return log[log.written()].head.first;
  return open_items.empty() ? next : open_items.front().sequence;
}

void Spool::Impl::LeaveLane(LaneBook& lane) {
  lane.is_active = false;
  lane.row.until = next;
  lane.row.gone_at = options.now();
  lane.ForgetHanded();
  lane.is_changed = true;
}

void Spool::Impl::BeginLane(SpoolLane config) {
  const auto [found, is_new] = lanes.try_emplace(config.name);
  LaneBook& lane = found->second;
  if (is_new) {
    lane.row.name = config.name;
    lane.row.cursor = next;
    lane.row.log_from = next;
  }
  if (path == ":memory:") config.max_bytes = options.max_bytes_in_memory;
  lane.is_active = true;
  lane.is_changed = true;
  lane.index = active.size();
  lane.found_at = 0;
  // Whoever was given it is gone, and what the new one will be given may be less.
  lane.ForgetHanded();
  lane.row.max_bytes = config.max_bytes;
  lane.row.max_age = config.max_age;
  lane.row.is_filtered = config.selects != nullptr;
  lane.config = std::move(config);
  active.push_back(&lane);
}

void Spool::Impl::ChooseSeries() {
  for (LaneBook* lane : active) lane->row.selection = 0;
  for (const auto& [id, known] : series.all()) {
    known->wanted.assign(active.size(), true);
    for (LaneBook* lane : active) {
      const auto& selects = lane->config.selects;
      const bool is_wanted = !selects || selects(*known->series);
      known->wanted[lane->index] = is_wanted;
      if (is_wanted) lane->row.selection += SelectionMark(id);
    }
  }
}

void Spool::Impl::SetLanes(std::vector<SpoolLane> wanted) {
  struct Before {
    bool is_known = false;
    bool was_gone = false;
    bool took_rollups = false;
    std::uint64_t selection = 0;
  };
  std::map<std::string, Before> before;
  for (auto& [name, lane] : lanes) {
    before[name] = {true, lane.row.until != 0, lane.row.takes_rollups, lane.row.selection};
    lane.is_active = false;
  }
  active.clear();
  for (SpoolLane& config : wanted) {
    if (const LaneBook* same = FindLane(config.name); same == nullptr || !same->is_active) {
      BeginLane(std::move(config));
    }
  }
  for (auto& [name, lane] : lanes) {
    if (!lane.is_active && lane.row.until == 0) LeaveLane(lane);
  }
  ChooseSeries();
  for (LaneBook* lane : active) {
    const Before& was = before[lane->row.name];
    lane->row.until = 0;
    lane->row.gone_at = {};
    lane->row.takes_rollups = lane->config.takes_rollups;
    if (was.is_known && (was.was_gone || was.selection != lane->row.selection ||
                         was.took_rollups != lane->row.takes_rollups)) {
      const bool has_lost = has_lost_series || lane->needs_recount;
      Recount(*lane, has_lost ? drop_reason::kCorrupt : drop_reason::kDeselected);
    }
  }
}

void Spool::Impl::Take(KnownSeries& known, std::variant<Sample, Rollup, Departure> content) {
  const Sequence sequence = next++;
  const bool is_sample = std::holds_alternative<Sample>(content);
  bool is_wanted = false;
  for (LaneBook* lane : active) {
    if (!lane->Wants(known)) continue;
    is_wanted = true;
    if (!is_sample) continue;
    lane->Produce(1);
    ++lane->unwritten;
  }
  if (!is_wanted) return;
  open_items.push_back({sequence, next, std::move(content)});
  if (OpenBytes() >= RowLimit()) Seal();
}

void Spool::Impl::DepartSeries(KnownSeries& known, WallTime at) {
  series.SetDeparted(known, next);
  Take(known, Departure{known.series, at});
}

void Spool::Impl::Introduce(KnownSeries& known) {
  // Where the check was another one before, that one is over.
  const SampleSeries& introduced = *known.series;
  for (KnownSeries* other : series.In(introduced.check->name, introduced.region)) {
    if (other != &known && other->departed == 0) DepartSeries(*other, options.now());
  }
  series.SetDeparted(known, 0);
}

void Spool::Impl::Append(std::span<const Outcome> outcomes) {
  for (const Outcome& outcome : outcomes) {
    KnownSeries* known = series.Find(outcome.check, outcome.region);
    if (known == nullptr) {
      known = &series.Begin(outcome.check, outcome.region);
      known->wanted.assign(active.size(), true);
      for (LaneBook* lane : active) {
        const auto& selects = lane->config.selects;
        if (selects && !selects(*known->series)) known->wanted[lane->index] = false;
        if (!lane->Wants(*known)) continue;
        lane->row.selection += SelectionMark(known->series->id);
        lane->is_changed = true;
      }
      Introduce(*known);
    } else if (known->departed != 0) {
      Introduce(*known);
    }
    const bool with_json = std::ranges::any_of(active, [&](const LaneBook* lane) {
      return lane->config.wants_json && lane->Wants(*known);
    });
    Take(*known, Sample::Of(outcome, known->series, with_json));
  }
  if (options.sync == SpoolSync::kAlways ||
      log.unwritten_bytes() + OpenBytes() > options.max_unwritten_bytes) {
    Commit();
  }
}

void Spool::Impl::Depart(const std::string& check, const std::string& region) {
  const WallTime now = options.now();
  for (KnownSeries* known : series.In(check, region)) {
    if (known->departed == 0) DepartSeries(*known, now);
  }
  if (options.sync == SpoolSync::kAlways) Commit();
}

void Spool::Impl::Seal() {
  if (open_items.empty()) return;
  std::vector<ItemRow> rows = MakeItemRows(open_items, FoldLevel::kFull, RowLimit());
  std::uint64_t bytes = 0;
  auto item = open_items.begin();
  for (ItemRow& row : rows) {
    bytes += row.head.size;
    auto decoded = std::make_shared<DecodedRow>();
    for (; item != open_items.end() && item->end <= row.head.end; ++item) {
      decoded->items.push_back(std::move(*item));
    }
    const RowHead head = row.head;
    cache.Put({RowCache::Table::kBatch, head.first}, std::move(decoded));
    log.Add(head, std::make_shared<const ItemRow>(std::move(row)));
  }
  bytes_an_item = std::max<std::uint64_t>(bytes / open_items.size(), 1);
  open_items.clear();
}

void Spool::Impl::Settle(LaneBook& lane, Settlement settlement) {
  lane.Settle(std::move(settlement), UnwrittenFrom());
}

LaneAccount Spool::Impl::Account(const LaneBook& lane) const {
  LaneAccount account;
  const LaneRow& row = lane.row;
  account.name = row.name;
  account.produced = row.produced;
  account.sent = row.sent;
  account.rejected = row.rejected;
  account.duplicates = row.duplicates;
  account.dropped = row.dropped;
  account.spooled = row.spooled;
  if (row.spooled == 0) return account;
  account.bytes = lane.folded_bytes() + log.BytesFrom(lane.log_position()) + OpenBytes();
  const std::size_t in_log = log.Find(lane.log_position());
  if (!lane.folds.empty()) {
    account.oldest_at = lane.folds.front().head.oldest_at;
  } else if (in_log < log.size()) {
    account.oldest_at = log[in_log].head.oldest_at;
  } else if (!open_items.empty()) {
    account.oldest_at = open_items.front().at();
  }
  for (const FoldedRow& fold : lane.folds) {
    account.fold_level = std::max(account.fold_level, static_cast<unsigned>(fold.head.level));
  }
  for (std::size_t i = in_log; log.has_folded() && i < log.size(); ++i) {
    account.fold_level = std::max(account.fold_level, static_cast<unsigned>(log[i].head.level));
  }
  return account;
}

Spool::Spool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Spool::~Spool() { impl_->Commit(); }

tl::expected<std::unique_ptr<Spool>, std::string> Spool::Open(SpoolOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  if (std::string error = impl->Open(); !error.empty()) return tl::unexpected(std::move(error));
  return std::unique_ptr<Spool>(new Spool(std::move(impl)));
}

void Spool::SetLanes(std::vector<SpoolLane> lanes) {
  impl_->SetLanes(std::move(lanes));
  impl_->FinishCall();
}

void Spool::Append(std::span<const Outcome> outcomes) { impl_->Append(outcomes); }

void Spool::Depart(const std::string& check, const std::string& region) {
  impl_->Depart(check, region);
}

std::vector<std::pair<std::string, std::string>> Spool::Present() {
  return impl_->series.Present();
}

void Spool::Commit() { impl_->Commit(); }

Spool::Backlog Spool::Read(const std::string& lane, std::size_t max_items, std::size_t max_bytes,
                           Sequence from) {
  LaneBook* book = impl_->FindLane(lane);
  if (book == nullptr || !book->is_active) return {};
  return impl_->Read(*book, max_items, max_bytes, from);
}

void Spool::Settle(const std::string& lane, Settlement settlement) {
  LaneBook* book = impl_->FindLane(lane);
  if (book != nullptr && book->is_active) impl_->Settle(*book, std::move(settlement));
}

std::optional<std::string> Spool::LoadState(const std::string& lane, std::int64_t series) {
  LaneBook* book = impl_->FindLane(lane);
  if (book == nullptr) return std::nullopt;
  auto state = impl_->LoadState(*book, series);
  impl_->FinishCall();
  return state;
}

std::vector<LaneAccount> Spool::accounts() const {
  std::vector<LaneAccount> all;
  for (const auto& [name, lane] : impl_->lanes) all.push_back(impl_->Account(lane));
  return all;
}

LaneAccount Spool::account(const std::string& lane) const {
  const LaneBook* book = impl_->FindLane(lane);
  return book == nullptr ? LaneAccount() : impl_->Account(*book);
}

Spool::Counts Spool::counts() const { return impl_->counts; }

bool Spool::is_durable() const {
  return impl_->file != nullptr && impl_->path != ":memory:" && !impl_->counts.is_degraded;
}

}  // namespace gaikei
