#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "results/spool/series_book.h"
#include "results/spool/spool.h"
#include "results/spool/spool_rows.h"

namespace gaikei {

/// A row of `fold` as it is kept in mind.
struct FoldedRow {
  std::int64_t id = 0;
  RowHead head;
};

/// One lane as it is now: what its row in the file says, and what has happened since that row was
/// written.
struct LaneBook {
  /// An item that the lane was given and has not settled.
  struct Handed {
    Sequence end = 0;
    std::uint64_t samples = 0;
    std::uint64_t bytes = 0;  ///< about
  };

  SpoolLane config;
  LaneRow row;                 ///< with everything that has happened
  bool is_active = false;      ///< some upstream has it
  std::size_t index = 0;       ///< among the active ones: KnownSeries::wanted
  bool is_changed = true;      ///< since its row was written
  bool needs_recount = false;  ///< rows that it had not yet read were lost

  std::deque<FoldedRow> folds;  ///< its rows of `fold` that end after the cursor, in order
  std::vector<std::int64_t> passed_folds;              ///< rows of `fold` that can go from the file
  std::map<std::int64_t, std::string> changed_states;  ///< empty bytes: to be forgotten
  Sequence all_folded_at = 0;      ///< end of the log when folding all of it saved nothing
  std::deque<Handed> handed;       ///< what it was given lately; not to be folded
  std::uint64_t handed_bytes = 0;  ///< in all
  std::uint64_t unwritten = 0;     ///< among row.spooled: samples that the file does not have
  std::uint64_t fold_unit = 0;     ///< bytes that are folded in one go; 0: as many as usual
  /// The cursor for which the next row is known to have something that is wanted; 0: for none.
  Sequence found_at = 0;

  /// Where the log begins for it.
  Sequence log_position() const { return std::max(row.cursor, row.log_from); }
  /// Rows of the log that end at or before this are of no use for it.
  Sequence needed_from(Sequence end_of_log) const;
  /// The end of the last item that it was given.
  Sequence handed_end() const { return handed.empty() ? row.cursor : handed.back().end; }
  std::uint64_t folded_bytes() const;

  bool Wants(const KnownSeries& known) const {
    return index < known.wanted.size() && known.wanted[index];
  }
  /// Whether an item of a series that it wants is to be delivered.
  bool Takes(const SpoolItem& item) const;
  /// Samples among those counted that are to be delivered.
  std::uint64_t CountOf(std::span<const SeriesCount> counts, const SeriesBook& series) const;
  /// Whether there is anything to be delivered, departures included.
  bool TakesSome(std::span<const SeriesCount> counts, const SeriesBook& series) const;
  /// True where all samples of a row are to be delivered, as far as its head tells.
  bool TakesAllOf(const RowHead& head) const;

  /// So many samples more are spooled.
  void Produce(std::uint64_t samples);
  /// So many of those spooled (at most all) are dropped.
  void Drop(std::uint64_t samples, const char* reason);
  /// Moves on as far as items that were given and that the settlement covers go. Numbers that do
  /// not add up are made to. Items from `unwritten_from` on are not in the file.
  void Settle(Spool::Settlement settlement, Sequence unwritten_from);
  /// To a position where nothing that is to be delivered lies before.
  void MoveTo(Sequence position);
  /// It was given another item, behind those that it has.
  void Hand(Handed item);
  /// Whatever it was given is taken back.
  void ForgetHanded();
  /// Those given of a row that was lost are taken back.
  void ForgetHanded(const RowHead& lost);

  /// As it is to be written: without what the file does not have.
  LaneRow RowToWrite() const;
};

/// Tells selections apart: of all series that are wanted, the sum of this.
std::uint64_t SelectionMark(std::int64_t series);

}  // namespace gaikei
