#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "results/spool/spool_rows.h"

namespace gaikei {

/// A row of the log as it is kept in mind.
struct LogRow {
  RowHead head;
  std::shared_ptr<const ItemRow> unwritten;  ///< all of it, while the file does not have it
  std::uint64_t bytes_before = 0;            ///< of all rows before it, counted from anywhere
};

/// What rows the log has: those in the file, then those that wait to be written. Knows nothing of
/// their items, so that a backlog of any size is quickly there.
class SpoolLog {
 public:
  /// REQUIRES: head.first is not before end(); rows in the file come before those that are not.
  void Add(const RowHead& head, std::shared_ptr<const ItemRow> unwritten);
  void Clear();

  std::size_t size() const { return rows_.size(); }
  const LogRow& operator[](std::size_t i) const { return rows_[i]; }
  /// The first row that ends after the position; size() where there is none.
  std::size_t Find(Sequence position) const;
  /// Of rows that end after the position.
  std::uint64_t BytesFrom(Sequence position) const;
  /// Where the last row ends; 0 where there is none.
  Sequence end() const { return rows_.empty() ? 0 : rows_.back().head.end; }

  /// Whether some row has less than full detail.
  bool has_folded() const { return folded_ > 0; }
  /// Rows that the file has.
  std::size_t written() const { return written_; }
  std::uint64_t unwritten_bytes() const;
  /// The file has so many.
  void MarkWritten(std::size_t rows);
  /// Rows that end at or before the position go.
  void DropBefore(Sequence position);
  /// The row that begins there goes.
  void Erase(Sequence first);
  /// The file has these, no others, all before those that wait to be written.
  void ReplaceWritten(const std::vector<RowHead>& rows);
  /// Those that wait to be written are these from now on, the same range in less detail.
  void ReplaceUnwritten(std::vector<ItemRow> rows);

 private:
  void OnGone(const LogRow& row);

  std::deque<LogRow> rows_;
  std::size_t written_ = 0;
  std::size_t folded_ = 0;  // rows above FoldLevel::kFull
};

}  // namespace gaikei
