// Opening the file, and what is done where it is not as it should be.

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "results/schema.h"
#include "results/spool/spool_impl.h"
#include "results/spool/spool_mark.h"
#include "results/spool/spool_mend.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr const char* kInMemory = ":memory:";
/// Files that are put aside within an hour: a disk that spoils them all must not be filled.
constexpr std::size_t kAsideAnHour = 10;
constexpr Span kHour = std::chrono::hours(1);
/// Times that a file is begun anew within one call.
constexpr int kMaxRenewals = 3;
/// Kept that long, what belonged to a lane that is known by its name only.
constexpr Span kUnknownLaneAge = std::chrono::hours(24);

bool IsDirectory(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

/// Nothing is there that a write could destroy.
bool IsEmpty(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) != 0 || (S_ISREG(status.st_mode) && status.st_size == 0);
}

/// Something that is no file stands in the place of one that belongs to it.
bool IsOccupied(const std::string& path) {
  for (const char* part : {"-wal", "-shm", "-journal"}) {
    struct stat status {};
    if (::stat((path + part).c_str(), &status) == 0 && !S_ISREG(status.st_mode)) return true;
  }
  return false;
}

bool HasBytes(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
}

DatabaseResult<std::pair<std::unique_ptr<SpoolFile>, SpoolContents>> OpenAndLoad(
    const std::string& path) {
  auto opened = SpoolFile::Open(path);
  // A disk that is full has no room for the index that connections share.
  if (!opened && !IsDamage(opened.error()) && !opened.error().is_newer() && !IsEmpty(path)) {
    if (auto alone = SpoolFile::OpenAlone(path)) opened = std::move(alone);
  }
  if (!opened) return tl::unexpected(std::move(opened.error()));
  auto contents = LoadSpool((*opened)->database());
  if (!contents) return tl::unexpected(std::move(contents.error()));
  return std::pair(std::move(*opened), std::move(*contents));
}

}  // namespace

std::string Spool::Impl::OpenInMemory() {
  path = kInMemory;
  reserve.reset();
  auto opened = OpenAndLoad(path);
  if (!opened) return Escape(opened.error().message);
  file = std::move(opened->first);
  Install(std::move(opened->second));
  return "";
}

bool Spool::Impl::OpenToRead() {
  auto opened = SpoolFile::OpenReadOnly(path);
  if (!opened) return false;
  auto contents = LoadSpool((*opened)->database());
  if (!contents) return false;
  source = std::move(*opened);
  Install(std::move(*contents));
  return true;
}

bool Spool::Impl::IsMissingWhatItHad() {
  if (!IsEmpty(path) || !HasBytes(path + "-wal")) return false;
  // Something has to be there to be put aside.
  const int made = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (made >= 0) ::close(made);
  return made >= 0;
}

std::string Spool::Impl::Open() {
  if (options.state_dir.empty()) return OpenInMemory();
  path = options.state_dir + "/spool.db";
  reserve.emplace(path + "-reserve");
  const bool is_held = !options.hold || options.hold() == Holding::kHeld;
  if (is_held && !IsDirectory(options.state_dir)) {
    return fmt::format("{}: no directory to keep samples in", Escape(options.state_dir));
  }
  if (!is_held && !IsEmpty(path)) {
    Say("left alone, samples wait in memory");
    return OpenInMemory();
  }
  if (is_held && IsMissingWhatItHad() &&
      BeginAnew({SQLITE_CORRUPT, "the file is empty, and its log is not"})) {
    return "";
  }
  auto opened = is_held ? OpenAndLoad(path)
                        : tl::unexpected(DatabaseError{SQLITE_READONLY, "nothing can be kept"});
  if (opened) {
    reserve->Keep();
    file = std::move(opened->first);
    Install(std::move(opened->second));
    return "";
  }
  const DatabaseError& error = opened.error();
  if (error.is_newer()) {
    Report(error, "left alone, samples wait in memory");
    return OpenInMemory();
  }
  if (IsDamage(error)) {
    if (BeginAnew(error) || is_loaded) return "";
  } else if (IsEmpty(path) && !IsOccupied(path)) {
    // There is nothing to be known yet: it is made when the disk takes it.
    Report(error, "open");
    counts.is_degraded = true;
    Install({});
    return "";
  } else if (IsUnwritable(error, path)) {
    if (OpenToRead()) {
      Report(error, "open");
      counts.is_degraded = true;
      return "";
    }
    Report(error, "left alone, samples wait in memory");
    return OpenInMemory();
  }
  return fmt::format("{}: {}", Escape(path), Escape(error.message));
}

bool Spool::Impl::CatchUp(SpoolContents& contents) {
  commits = contents.commits;
  if (path == kInMemory) return false;
  const auto mark = ReadMark(MarkPath());
  if (!mark || mark->commits < contents.commits) return false;
  const bool is_older = mark->commits > contents.commits;
  commits = mark->commits;
  contents.next_sequence = std::max(contents.next_sequence, mark->next_sequence);
  for (const LaneRow& known : mark->lanes) {
    const auto [found, is_lost] = contents.lanes.try_emplace(known.name, known);
    LaneRow& row = found->second;
    const Sequence log_from = row.log_from;
    if (is_lost && contents.folds[known.name].empty()) row.log_from = row.cursor;
    if (is_lost || !is_older) continue;
    row = known;
    // What was folded for it since is in the log again.
    row.log_from = log_from;
  }
  if (!is_older) return false;
  Say(
      fmt::format("what was committed last is not in it ({} commits): it was cut off, taken away "
                  "or replaced by an older one; counters begin anew",
                  mark->commits - contents.commits));
  ++counts.errors;
  has_stale_states = true;
  return true;
}

void Spool::Impl::Install(SpoolContents contents) {
  is_loaded = true;
  const bool is_older = CatchUp(contents);
  next = contents.next_sequence;
  next_fold = contents.next_fold;
  series.RaiseNextId(contents.next_series);
  for (SeriesRow& row : contents.series) series.Add(std::move(row));
  has_lost_series = contents.has_damaged_series;
  for (const std::int64_t id : contents.half_series) {
    if (KnownSeries* known = series.Find(id)) series.WriteAgain(*known);
  }
  for (const RowHead& head : contents.batches) log.Add(head, nullptr);
  lost_rows = std::move(contents.damaged_rows);
  const bool is_suspect =
      !lost_rows.empty() || contents.has_damaged_series || contents.is_incomplete;
  if (is_suspect) {
    ++counts.errors;
    Say("parts of it are damaged, and left out");
  }
  for (auto& [name, row] : contents.lanes) {
    LaneBook& lane = lanes[name];
    lane.row = std::move(row);
    lane.is_changed = false;
  }
  for (const std::string& name : contents.half_lanes) lanes.at(name).is_changed = true;
  if (!contents.half_series.empty() || !contents.half_lanes.empty()) {
    ++counts.errors;
    Say("parts of it are damaged, and mended by their copies");
  }
  // Of a lane whose row is lost, everything that may be its is delivered: rather twice than never.
  const auto adopt = [&](const std::string& name) {
    const auto [found, is_new] = lanes.try_emplace(name);
    LaneRow& row = found->second.row;
    if (!is_new) return;
    row.name = name;
    const auto& own = contents.folds[name];
    const Sequence log_from = own.empty() ? 1 : own.back().head.end;
    row.log_from = log.size() > 0 ? std::max(log_from, log[0].head.first) : next;
    row.cursor = own.empty() ? row.log_from : own.front().head.first;
    row.until = next;
    row.gone_at = options.now();
    row.max_age = kUnknownLaneAge;
  };
  for (const auto& [name, times] : contents.damaged_lanes) {
    if (times == 2) adopt(name);
  }
  for (const auto& [name, rows] : std::map(contents.folds)) adopt(name);
  for (auto& [name, lane] : lanes) {
    GiveFolds(lane, contents.folds[name]);
    lane.needs_recount = is_suspect || is_older || !IsPlausible(lane);
  }
}

void Spool::Impl::GiveFolds(LaneBook& lane, const std::vector<FoldedRow>& rows) {
  lane.folds.clear();
  for (const FoldedRow& row : rows) {
    if (row.head.end > lane.row.cursor && row.head.first < lane.row.log_from) {
      lane.folds.push_back(row);
    } else {
      lane.passed_folds.push_back(row.id);
    }
  }
}

bool Spool::Impl::IsPlausible(const LaneBook& lane) const {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
  Sequence end = lane.row.cursor;
  bool has_gap = false;
  for (std::size_t i = 0; i < RowCount(lane); ++i) {
    const RowHead head = RowAt(lane, i).head;
    if (lane.row.until != 0 && head.first >= lane.row.until) break;
    has_gap = has_gap || head.first > end;
    end = head.end;
    most += head.samples;
    if (head.first >= lane.row.cursor) least += head.samples;
  }
  if (end < (lane.row.until != 0 ? lane.row.until : next)) has_gap = true;
  if (lane.row.is_filtered || !lane.row.takes_rollups) return !has_gap;
  return least <= lane.row.spooled && lane.row.spooled <= most;
}

bool Spool::Impl::BeginAnew(const DatabaseError& error) {
  Report(error, "damaged");
  file = nullptr;
  source = nullptr;
  cache.Clear();
  counts.is_degraded = true;
  const WallTime now = options.now();
  std::erase_if(put_aside_at, [&](WallTime at) { return now - at > kHour || at > now; });
  if (++renewals > kMaxRenewals || put_aside_at.size() >= kAsideAnHour) return false;
  if (path != kInMemory) {
    const auto aside = PutAside(path, now);
    if (!aside) {
      Say(aside.error());
      return false;
    }
    ++counts.put_aside;
    put_aside_at.push_back(now);
    Say(fmt::format("put aside as {}", *aside));
    auto opened = SpoolFile::OpenReadOnly(*aside);
    if (!opened && MendFirstPage(*aside)) opened = SpoolFile::OpenReadOnly(*aside);
    if (opened) source = std::move(*opened);
    if (source && source->ReadCommits() < commits) has_stale_states = true;
  }
  if (!is_loaded) {
    Install(source ? SalvageSpool(source->database()) : SpoolContents());
  }
  is_renewed = true;
  return OpenNew();
}

bool Spool::Impl::OpenNew() {
  auto opened = SpoolFile::Open(path);
  if (!opened) {
    Report(opened.error(), "open");
    return false;
  }
  file = std::move(*opened);
  if (CopyRows()) {
    counts.is_degraded = false;
    return true;
  }
  file = nullptr;
  return false;
}

DatabaseResult<bool> Spool::Impl::CopyRow(const RowRef& row, const std::string& lane) {
  if (!source) return false;
  auto read = source->ReadRow(row.key);
  // What cannot be read is not there.
  if (!read || !*read || Crc32((*read)->bytes) != row.head.crc) return false;
  const ItemRow copy{row.head, std::move((*read)->counts), std::move((*read)->bytes)};
  auto done = lane.empty() ? file->PutBatch(copy)
                           : file->PutFold(static_cast<std::int64_t>(row.key.second), lane, copy);
  if (!done) return tl::unexpected(std::move(done.error()));
  return true;
}

DatabaseResult<std::vector<RowRef>> Spool::Impl::TryCopyRows() {
  std::vector<RowRef> lost;
  const auto copy = [&](const RowRef& row, const std::string& lane) -> DatabaseResult<void> {
    const auto copied = CopyRow(row, lane);
    if (!copied) return tl::unexpected(copied.error());
    if (!*copied) lost.push_back(row);
    return {};
  };
  if (auto done = file->Begin(); !done) return tl::unexpected(std::move(done.error()));
  for (std::size_t i = 0; i < log.written(); ++i) {
    const RowRef row{{RowCache::Table::kBatch, log[i].head.first}, log[i].head, nullptr};
    if (auto done = copy(row, ""); !done) return tl::unexpected(std::move(done.error()));
  }
  for (const auto& [name, lane] : lanes) {
    for (std::size_t i = 0; i < lane.folds.size(); ++i) {
      if (auto done = copy(RowAt(lane, i), name); !done) {
        return tl::unexpected(std::move(done.error()));
      }
    }
  }
  DatabaseResult<void> states;
  if (source && !has_stale_states) {
    SalvageStates(source->database(),
                  [&](const std::string& lane, std::int64_t of_series, const std::string& bytes) {
                    if (lanes.contains(lane)) states = file->PutState(lane, of_series, bytes);
                    return states.has_value();
                  });
  }
  if (!states) return tl::unexpected(std::move(states.error()));
  const Sequence needed = NeededFrom();
  if (auto done = WriteBooks(UnwrittenFrom(), needed); !done) {
    return tl::unexpected(std::move(done.error()));
  }
  if (auto done = file->Commit(); !done) return tl::unexpected(std::move(done.error()));
  AfterBooks(needed);
  return lost;
}

bool Spool::Impl::CopyRows() {
  series.ChangeAll();
  lost_rows.clear();
  for (auto& [name, lane] : lanes) {
    lane.is_changed = true;
    lane.passed_folds.clear();
  }
  auto lost = TryCopyRows();
  if (!lost) {
    file->Rollback();
    Report(lost.error(), "take over");
    return false;
  }
  source = nullptr;
  is_renewed = false;
  is_unsure = false;
  for (const RowRef& row : *lost) OnLost(row);
  return true;
}

void Spool::Impl::LeaveToOthers() {
  // What the other process finds in the file is its to deliver.
  const bool is_there = file && file->is_in_place();
  if (file && !is_there) source = std::move(file);
  is_renewed = source != nullptr && !is_there;
  if (!is_renewed) source = nullptr;
  file = nullptr;
  cache.Clear();
  path = kInMemory;
  reserve.reset();
  for (LaneBook* lane : active) {
    lane->config.max_bytes = std::min(lane->config.max_bytes, options.max_bytes_in_memory);
  }
}

bool Spool::Impl::IsHeld() {
  if (!options.hold || path == kInMemory) return true;
  const Holding holding = options.hold();
  if (holding == Holding::kHeld) return true;
  counts.is_degraded = true;
  if (holding == Holding::kOthers) LeaveToOthers();
  return path == kInMemory;
}

bool Spool::Impl::EnsureOpen() {
  if (!IsHeld()) return false;
  if (file && file->is_in_place()) {
    if (!file->is_whole()) return BeginAnew({SQLITE_CORRUPT, "it was cut off"});
    if (file->is_log_whole()) return true;
    ++counts.errors;
    Say("the log beside it was taken away or cut off");
    // What can still be read of the log goes to the file.
    file = nullptr;
    cache.Clear();
  }
  counts.is_degraded = true;
  if (file) {
    // It is still there for us, and for nobody else. A new one is made of it.
    ++counts.errors;
    Say("was removed or replaced");
    source = std::move(file);
    is_renewed = true;
  }
  if (!is_renewed) return Reopen();
  if (source && source->is_in_place() && source->is_writable()) {
    // It is back where it was.
    file = std::move(source);
    is_renewed = false;
    return true;
  }
  if (!IsEmpty(path)) {
    // Another's, or one that a try before this one has left.
    if (const auto aside = PutAside(path, options.now()); !aside) {
      Say(aside.error());
      return false;
    }
  }
  return OpenNew();
}

bool Spool::Impl::Reopen() {
  auto opened = OpenAndLoad(path);
  // The last of ours may have been written although that failed.
  if (opened && opened->second.commits > commits + 1) {
    Say("another process has written it: left alone, samples wait in memory");
    LeaveToOthers();
    opened = OpenAndLoad(path);
  }
  if (!opened) {
    if (IsDamage(opened.error())) return BeginAnew(opened.error());
    Report(opened.error(), "open");
    return false;
  }
  // What is only in the log was perhaps never synced. It is, once it is in the file.
  if (auto done = opened->first->Checkpoint(); !done) {
    Report(done.error(), "open");
    return false;
  }
  file = std::move(opened->first);
  source = nullptr;
  Adopt(std::move(opened->second));
  return true;
}

void Spool::Impl::Adopt(SpoolContents contents) {
  if (contents.commits < commits) has_stale_states = true;
  // Books in memory are right. Which rows there are, the file knows.
  const Sequence unwritten_from = UnwrittenFrom();
  std::erase_if(contents.batches, [&](const RowHead& head) { return head.end > unwritten_from; });
  log.ReplaceWritten(contents.batches);
  lost_rows = std::move(contents.damaged_rows);
  next_fold = std::max(next_fold, contents.next_fold);
  series.ChangeAll();
  is_unsure = true;
  for (auto& [name, lane] : lanes) {
    lane.is_changed = true;
    lane.found_at = 0;
    lane.passed_folds.clear();
    const char* reason = drop_reason::kCorrupt;
    if (const auto row = contents.lanes.find(name); row != contents.lanes.end()) {
      // A fold of which it was not known whether it had been written.
      if (row->second.log_from > lane.row.log_from) reason = drop_reason::kFolded;
      lane.row.log_from = std::max(lane.row.log_from, row->second.log_from);
    }
    GiveFolds(lane, contents.folds[name]);
    if (lane.is_active) Recount(lane, reason);
  }
}

}  // namespace gaikei
