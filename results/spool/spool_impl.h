#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <variant>
#include <vector>

#include "results/spool/disk_reserve.h"
#include "results/spool/lane_book.h"
#include "results/spool/row_cache.h"
#include "results/spool/series_book.h"
#include "results/spool/spool.h"
#include "results/spool/spool_contents.h"
#include "results/spool/spool_file.h"
#include "results/spool/spool_log.h"

namespace gaikei {

/// A row of items, of the log or of a lane's own.
struct RowRef {
  RowCache::Key key;
  RowHead head;
  std::shared_ptr<const ItemRow> unwritten;  ///< null: it is in the file
};

/// Why a row could not be had.
enum class RowTrouble : std::uint8_t {
  kDamaged,      ///< it is lost
  kUnavailable,  ///< not now
  kMoved,        ///< the file had to be begun anew: what rows there are has changed
};

template <class T>
using RowResult = tl::expected<T, RowTrouble>;

/// Items in rows of at most so many bytes (or of one item).
std::vector<ItemRow> MakeItemRows(std::span<const SpoolItem> items, FoldLevel level,
                                  std::size_t max_bytes);

/// The spool. What is in memory (books, log) is always right; the file follows with each
/// transaction, and whatever of it fails is done again, or differently, by a later one.
///
/// Its parts by file: spool.cc (taking in, lanes), spool_read.cc, spool_commit.cc (transactions),
/// spool_fold.cc (bounds), spool_hold.cc (while nothing can be written), spool_recover.cc (opening,
/// damage).
struct Spool::Impl {
  explicit Impl(SpoolOptions given) : options(std::move(given)) {}

  // spool.cc
  void SetLanes(std::vector<SpoolLane> wanted);
  void Append(std::span<const Outcome> outcomes);
  void Depart(const std::string& check, const std::string& region);
  void Settle(LaneBook& lane, Settlement settlement);
  LaneAccount Account(const LaneBook& lane) const;
  LaneBook* FindLane(const std::string& name);
  void BeginLane(SpoolLane config);
  void LeaveLane(LaneBook& lane);
  void ChooseSeries();
  void Introduce(KnownSeries& known);
  void Take(KnownSeries& known, std::variant<Sample, Rollup, Departure> content);
  void DepartSeries(KnownSeries& known, WallTime at);
  void Seal();
  Sequence UnwrittenFrom() const;
  std::string MarkPath() const { return path + "-mark"; }
  std::uint64_t OpenBytes() const;
  std::size_t RowLimit() const;

  // spool_read.cc
  Backlog Read(LaneBook& lane, std::size_t max_items, std::size_t max_bytes, Sequence from);
  std::optional<std::string> LoadState(LaneBook& lane, std::int64_t series);
  /// What they take is `bytes`, about. False: something was not as it had seemed, to be called
  /// again.
  bool ReadFrom(LaneBook& lane, std::size_t max_items, std::size_t max_bytes, Sequence from,
                Backlog& backlog, std::size_t& bytes);
  /// Number of the lane's first row that ends after the position.
  std::size_t RowIndexAt(const LaneBook& lane, Sequence position) const;
  void SkipUnwanted(LaneBook& lane);
  RowResult<bool> HasWanted(const LaneBook& lane, const RowRef& row);
  RowResult<std::vector<SpoolItem>> ReadItems(const RowRef& row);
  RowResult<std::shared_ptr<const DecodedRow>> ReadRow(const RowRef& row);
  RowResult<std::vector<SeriesCount>> CountsOf(const RowRef& row);
  SpoolFile* Readable() const;
  RowTrouble OnReadError(const RowRef& row, const DatabaseError& error);
  std::optional<std::vector<SpoolItem>> Decode(const RowRef& row, std::string_view bytes);
  std::size_t RowCount(const LaneBook& lane) const;
  std::size_t WrittenCount(const LaneBook& lane) const;
  RowRef RowAt(const LaneBook& lane, std::size_t i) const;
  bool IsWanted(const LaneBook& lane, const SpoolItem& item) const;
  RowResult<std::uint64_t> CountFrom(const LaneBook& lane, const RowRef& row, Sequence position);
  void OnLost(const RowRef& row);
  void Recount(LaneBook& lane, const char* reason);
  bool TryRecount(LaneBook& lane, const char* reason);
  void FinishCall();

  // spool_commit.cc
  void Commit();
  bool HasWork() const;
  bool WriteInPortions();
  DatabaseResult<void> WriteRows(std::size_t until);
  DatabaseResult<void> TryWriteRows(std::size_t until);
  DatabaseResult<void> WriteBooks(Sequence next_written, Sequence needed);
  DatabaseResult<void> WriteLane(const LaneBook& lane);
  DatabaseResult<void> ForgetSeries();
  void AfterBooks(Sequence needed);
  void LeaveMark() const;
  std::uint64_t CountWaiting(const LaneBook& lane, std::size_t from);
  Sequence NeededFrom() const;
  Sequence FirstToKeep(Sequence needed) const;
  void ForgetGoneLanes();
  void GiveRoomBack();
  void Shrink();
  void Fail(const DatabaseError& error, const char* doing);
  void Report(const DatabaseError& error, const char* doing);
  void Say(const std::string& text);

  // spool_fold.cc
  /// Rows [from, to) of a lane are to become less.
  struct FoldPlan {
    std::size_t from = 0;
    std::size_t to = 0;
    FoldLevel target = FoldLevel::kSlim;
    const char* drop_reason = nullptr;  ///< they are dropped for it; null: they are folded
    bool is_for_all = false;            ///< all that there is, where less did not help
  };
  struct FoldDraft;
  bool MakeRoom(std::uint64_t incoming);
  void KeepBounds();
  std::uint64_t WrittenBytes(const LaneBook& lane) const;
  std::size_t FirstNotHanded(const LaneBook& lane) const;
  std::optional<FoldPlan> PlanForAge(const LaneBook& lane) const;
  std::optional<FoldPlan> PlanForSize(const LaneBook& lane) const;
  std::optional<FoldPlan> PlanLevel(const LaneBook& lane, FoldLevel level, FoldLevel target) const;
  std::optional<FoldPlan> PlanAll(const LaneBook& lane) const;
  std::optional<FoldPlan> PlanDrop(const LaneBook& lane, const char* reason) const;
  RowResult<void> Draw(const LaneBook& lane, const FoldPlan& plan, const RowRef& row,
                       FoldDraft& draft);
  std::vector<ItemRow> FoldDraftRows(const LaneBook& lane, const FoldPlan& plan,
                                     FoldDraft& draft) const;
  bool FoldOnce(LaneBook& lane, const FoldPlan& plan, std::uint64_t& work);
  bool GrowUnit(LaneBook& lane) const;
  DatabaseResult<void> ReplaceRows(LaneBook& lane, const FoldPlan& plan,
                                   const std::vector<ItemRow>& rows);

  // spool_hold.cc
  void HoldWithinBounds();
  void FoldUnwritten(FoldLevel level);

  // spool_recover.cc
  std::string Open();
  std::string OpenInMemory();
  bool OpenToRead();
  bool IsMissingWhatItHad();
  void Install(SpoolContents contents);
  bool CatchUp(SpoolContents& contents);
  bool IsHeld();
  void LeaveToOthers();
  void GiveFolds(LaneBook& lane, const std::vector<FoldedRow>& rows);
  bool IsPlausible(const LaneBook& lane) const;
  bool BeginAnew(const DatabaseError& error);
  bool OpenNew();
  bool CopyRows();
  DatabaseResult<std::vector<RowRef>> TryCopyRows();
  DatabaseResult<bool> CopyRow(const RowRef& row, const std::string& lane);
  bool EnsureOpen();
  bool Reopen();
  void Adopt(SpoolContents contents);

  SpoolOptions options;
  std::string path;                    ///< ":memory:" or the file
  std::unique_ptr<SpoolFile> file;     ///< null while it cannot be had
  std::optional<DiskReserve> reserve;  ///< absent: in memory
  std::unique_ptr<SpoolFile> source;   ///< a damaged or removed file whose rows are to be copied
  bool is_renewed = false;             ///< the file is to be a new one, with all that there is
  bool is_loaded = false;              ///< what was there at the start is known
  std::vector<WallTime> put_aside_at;  ///< files, lately
  std::uint64_t written_bytes = 0;     ///< with the latest Commit(), of the log
  int renewals = 0;           ///< times that the file was begun anew since the last Commit() began
  bool is_unsure = false;     ///< the last transaction may have been written, or not
  std::uint64_t commits = 0;  ///< transactions there ever were: SpoolMark::commits
  /// States in the file are older than what was sent by them: they are not to be used, and go with
  /// the next transaction.
  bool has_stale_states = false;
  std::map<std::string, std::uint64_t> untold_losses;  ///< samples, by lane
  std::string last_error;  ///< that was told, until something worked again
  Counts counts;

  SeriesBook series;
  bool has_lost_series = false;  ///< items of series that are not known are left out
  std::shared_ptr<const SampleSeries> unknown = std::make_shared<SampleSeries>();
  SpoolLog log;
  RowCache cache{std::size_t{32} << 20U};
  std::map<RowCache::Key, int> failures;       ///< times that a row could not be read
  std::vector<RowCache::Key> lost_rows;        ///< to be deleted from the file
  std::map<std::string, LaneBook> lanes;       ///< by name
  std::vector<LaneBook*> active;               ///< by LaneBook::index
  std::vector<std::string> forgotten_lanes;    ///< to be deleted from the file
  std::vector<std::int64_t> forgotten_series;  ///< deleted in the transaction that is under way
  Sequence forget_from = 0;                    ///< where those that departed are looked at next
  std::int64_t next_fold = 1;

  Sequence next = 1;                  ///< of what comes next
  std::vector<SpoolItem> open_items;  ///< appended, and in no row yet
  std::uint64_t bytes_an_item = 200;  ///< that rows take lately, about
};

}  // namespace gaikei
