// What goes to the file, and when.

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>

#include "results/spool/spool_impl.h"
#include "results/spool/spool_mark.h"
#include "results/text.h"

namespace gaikei {
namespace {

/// At most this share of the smallest bound is written in one transaction, so that room can be made
/// in between.
constexpr std::uint64_t kShareWritten = 4;
/// Series that are looked at for whether they can be forgotten, in one transaction.
constexpr std::size_t kSeriesAtOnce = 256;

/// Errors after which the file is as good as before: something was short, or somebody else had it.
bool IsHarmless(const DatabaseError& error) {
  return error.is_full() || error.code == SQLITE_BUSY || error.code == SQLITE_LOCKED ||
         error.code == SQLITE_NOMEM;
}

}  // namespace

void Spool::Impl::Say(const std::string& text) {
  if (options.on_error) options.on_error(fmt::format("{}: {}", path, text));
}

void Spool::Impl::Report(const DatabaseError& error, const char* doing) {
  ++counts.errors;
  // While a trouble lasts, it is told once.
  std::string text = fmt::format("{}: {}", doing, Escape(error.message));
  if (text == last_error) return;
  last_error = text;
  Say(text);
}

void Spool::Impl::Fail(const DatabaseError& error, const char* doing) {
  if (file) file->Rollback();
  counts.is_degraded = true;
  if (IsDamage(error)) {
    BeginAnew(error);
    return;
  }
  Report(error, doing);
  is_unsure = true;
  if (IsHarmless(error)) return;
  // What a failed write or sync has left behind is not to be trusted: the file is opened anew.
  file = nullptr;
  cache.Clear();
}

Sequence Spool::Impl::NeededFrom() const {
  Sequence needed = next;
  for (const auto& [name, lane] : lanes) needed = std::min(needed, lane.needed_from(next));
  return needed;
}

Sequence Spool::Impl::FirstToKeep(Sequence needed) const {
  const std::size_t kept = log.Find(needed);
  return kept < log.size() ? log[kept].head.first : next;
}

bool Spool::Impl::HasWork() const {
  if (!file || counts.is_degraded || is_unsure || source || has_stale_states) return true;
  if (!open_items.empty() || log.written() < log.size() || !series.changed().empty()) return true;
  if (!lost_rows.empty() || !forgotten_lanes.empty()) return true;
  if (std::ranges::any_of(lanes, [](const auto& lane) { return lane.second.is_changed; })) {
    return true;
  }
  return std::ranges::any_of(active, [&](const LaneBook* lane) {
    return lane->needs_recount || PlanForAge(*lane).has_value();
  });
}

DatabaseResult<void> Spool::Impl::ForgetSeries() {
  forgotten_series.clear();
  Sequence oldest = next;
  for (const auto& [name, lane] : lanes) oldest = std::min(oldest, lane.row.cursor);
  const std::vector<KnownSeries*> departed = series.Departed(forget_from, oldest, kSeriesAtOnce);
  // Those that a lane keeps something of are looked at again when all others have been.
  forget_from = departed.size() < kSeriesAtOnce ? 0 : departed.back()->departed + 1;
  for (const KnownSeries* known : departed) {
    const std::int64_t id = known->series->id;
    bool is_kept = false;
    for (auto& [name, lane] : lanes) {
      const auto has = file->HasState(id, name);
      if (!has) return tl::unexpected(has.error());
      is_kept = is_kept || *has;
    }
    if (is_kept) continue;
    if (auto done = file->DropSeries(id); !done) return done;
    forgotten_series.push_back(id);
  }
  return {};
}

DatabaseResult<void> Spool::Impl::WriteBooks(Sequence next_written, Sequence needed) {
  if (has_stale_states) {
    if (auto done = file->DropStates(); !done) return done;
  }
  for (const std::int64_t id : series.changed()) {
    const KnownSeries* known = series.Find(id);
    if (known == nullptr) continue;
    if (auto done = file->PutSeries({known->series, known->departed}); !done) return done;
  }
  if (auto done = file->PutCounter("commits", commits + 1); !done) return done;
  if (auto done = file->PutCounter("next_sequence", next_written); !done) return done;
  const auto next_series = static_cast<std::uint64_t>(series.next_id());
  if (auto done = file->PutCounter("next_series", next_series); !done) return done;
  for (const auto& [name, lane] : lanes) {
    if (auto done = WriteLane(lane); !done) return done;
  }
  for (const std::string& name : forgotten_lanes) {
    if (lanes.contains(name)) continue;  // it is there again
    if (auto done = file->DropLane(name); !done) return done;
  }
  for (const RowCache::Key& key : lost_rows) {
    if (auto done = file->DropRow(key); !done) return done;
  }
  if (auto done = file->DropBatchesBefore(FirstToKeep(needed)); !done) return done;
  return ForgetSeries();
}

DatabaseResult<void> Spool::Impl::WriteLane(const LaneBook& lane) {
  for (const std::int64_t id : lane.passed_folds) {
    const RowCache::Key key{RowCache::Table::kFold, static_cast<std::uint64_t>(id)};
    if (auto done = file->DropRow(key); !done) return done;
  }
  for (const auto& [of_series, bytes] : lane.changed_states) {
    if (auto done = file->PutState(lane.row.name, of_series, bytes); !done) return done;
  }
  return lane.is_changed ? file->PutLane(lane.RowToWrite()) : DatabaseResult<void>();
}

void Spool::Impl::AfterBooks(Sequence needed) {
  ++commits;
  has_stale_states = false;
  LeaveMark();
  series.Written();
  for (auto& [name, lane] : lanes) {
    for (const std::int64_t id : lane.passed_folds) {
      cache.Erase({RowCache::Table::kFold, static_cast<std::uint64_t>(id)});
    }
    lane.passed_folds.clear();
    lane.changed_states.clear();
    lane.is_changed = lane.unwritten > 0;
  }
  forgotten_lanes.clear();
  lost_rows.clear();
  for (const std::int64_t id : forgotten_series) {
    for (LaneBook* lane : active) {
      const KnownSeries* known = series.Find(id);
      if (known == nullptr || !lane->Wants(*known)) continue;
      lane->row.selection -= SelectionMark(id);
      lane->is_changed = true;
    }
    series.Forget(id);
  }
  forgotten_series.clear();
  log.DropBefore(needed);
}

void Spool::Impl::LeaveMark() const {
  if (path == ":memory:") return;
  SpoolMark mark{commits, UnwrittenFrom(), {}};
  for (const auto& [name, lane] : lanes) mark.lanes.push_back(lane.RowToWrite());
  WriteMark(MarkPath(), mark);
}

std::uint64_t Spool::Impl::CountWaiting(const LaneBook& lane, std::size_t from) {
  std::uint64_t samples = 0;
  for (std::size_t i = std::max(from, log.written()); i < log.size(); ++i) {
    const LogRow& row = log[i];
    if (!lane.is_active) {
      // What it wanted is not known any more. It is written as a whole.
      return row.head.first < lane.row.until ? lane.unwritten : 0;
    }
    if (row.head.end <= lane.row.cursor) continue;
    const RowRef ref{{RowCache::Table::kBatch, row.head.first}, row.head, row.unwritten};
    samples += CountFrom(lane, ref, std::max(lane.row.cursor, row.head.first)).value_or(0);
  }
  return samples;
}

DatabaseResult<void> Spool::Impl::WriteRows(std::size_t until) {
  // What waits for the next portion does not count as spooled in the file.
  std::map<std::string, std::uint64_t> before;
  for (auto& [name, lane] : lanes) {
    before[name] = lane.unwritten;
    lane.unwritten = until < log.size() ? CountWaiting(lane, until) : 0;
  }
  auto done = TryWriteRows(until);
  if (done) return done;
  for (auto& [name, lane] : lanes) lane.unwritten = before[name];
  return done;
}

DatabaseResult<void> Spool::Impl::TryWriteRows(std::size_t until) {
  if (auto done = file->Begin(); !done) return done;
  if (is_unsure) {
    // Whatever a transaction of unknown end has left of them.
    if (auto done = file->DropBatchesFrom(UnwrittenFrom()); !done) return done;
  }
  const Sequence needed = NeededFrom();
  for (std::size_t i = log.written(); i < until; ++i) {
    if (log[i].head.end <= needed) continue;
    if (auto done = file->PutBatch(*log[i].unwritten); !done) return done;
  }
  const Sequence next_written = until < log.size() ? log[until].head.first : next;
  if (auto done = WriteBooks(next_written, needed); !done) return done;
  if (auto done = file->Commit(); !done) return done;
  is_unsure = false;
  log.MarkWritten(until);
  AfterBooks(needed);
  return {};
}

bool Spool::Impl::WriteInPortions() {
  std::uint64_t portion = std::uint64_t{1} << 62U;
  for (const LaneBook* lane : active) {
    portion = std::min(portion, lane->config.max_bytes / kShareWritten);
  }
  written_bytes = 0;
  do {
    Sequence end = UnwrittenFrom();
    std::uint64_t bytes = 0;
    for (std::size_t i = log.written(); i < log.size(); ++i) {
      if (bytes > 0 && bytes + log[i].head.size > portion) break;
      bytes += log[i].head.size;
      end = log[i].head.end;
    }
    if (!MakeRoom(bytes)) return false;
    // Making room may have taken rows from the log that nobody needs.
    if (auto done = WriteRows(std::max(log.written(), log.Find(end))); !done) {
      Fail(done.error(), "write");
      if (done.error().is_full()) GiveRoomBack();
      return false;
    }
    written_bytes += bytes;
  } while (log.written() < log.size());
  return true;
}

void Spool::Impl::GiveRoomBack() {
  // What has been delivered since may be deleted in less room than it takes to write more, and
  // makes room for the next try.
  if (!file) return;
  const auto delete_delivered = [&] {
    if (!file->Checkpoint() || !WriteRows(log.written())) {
      file->Rollback();
      return false;
    }
    return file->Checkpoint().has_value();
  };
  if (delete_delivered() || !reserve || !reserve->Release()) return;
  delete_delivered();
}

void Spool::Impl::ForgetGoneLanes() {
  const WallTime now = options.now();
  std::erase_if(lanes, [&](const auto& entry) {
    const LaneBook& lane = entry.second;
    if (lane.is_active || lane.row.until == 0) return false;
    // What it keeps of series is as old as its end where nothing else is left.
    WallTime newest = lane.row.spooled == 0 ? lane.row.gone_at : WallTime();
    for (std::size_t i = 0; i < RowCount(lane); ++i) {
      const RowRef row = RowAt(lane, i);
      if (row.head.first >= lane.row.until) break;
      newest = std::max(newest, row.head.newest_at);
    }
    if (now - newest <= lane.row.max_age) return false;
    forgotten_lanes.push_back(entry.first);
    return true;
  });
}

void Spool::Impl::Commit() {
  ForgetGoneLanes();
  if (!HasWork()) return;
  Seal();
  renewals = 0;
  if (EnsureOpen()) {
    for (LaneBook* lane : active) SkipUnwanted(*lane);
    const std::uint64_t put_aside = counts.put_aside;
    bool is_written = file && WriteInPortions();
    // A file that was found damaged has been replaced.
    if (!is_written && file && counts.put_aside > put_aside) is_written = WriteInPortions();
    if (is_written) {
      if (counts.is_degraded && reserve) reserve->Keep();
      counts.is_degraded = false;
      last_error.clear();
      KeepBounds();
      Shrink();
      // With room again it can be opened as it should be.
      if (file && file->is_alone()) file = nullptr;
    }
  }
  HoldWithinBounds();
  FinishCall();
}

void Spool::Impl::Shrink() {
  if (!file) return;
  if (auto done = file->Shrink(); !done) Fail(done.error(), "shrink");
}

}  // namespace gaikei
