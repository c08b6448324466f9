#include "results/spool/spool_log.h"

#include <algorithm>
#include <utility>

namespace gaikei {

void SpoolLog::OnGone(const LogRow& row) {
  if (!row.unwritten) --written_;
  if (row.head.level > FoldLevel::kFull) --folded_;
}

void SpoolLog::Clear() {
  rows_.clear();
  written_ = 0;
  folded_ = 0;
}

void SpoolLog::Add(const RowHead& head, std::shared_ptr<const ItemRow> unwritten) {
  const std::uint64_t before =
      rows_.empty() ? 0 : rows_.back().bytes_before + rows_.back().head.size;
  if (!unwritten) ++written_;
  if (head.level > FoldLevel::kFull) ++folded_;
  rows_.push_back({head, std::move(unwritten), before});
}

std::size_t SpoolLog::Find(Sequence position) const {
  const auto found =
      std::ranges::upper_bound(rows_, position, {}, [](const LogRow& row) { return row.head.end; });
  return static_cast<std::size_t>(found - rows_.begin());
}

std::uint64_t SpoolLog::BytesFrom(Sequence position) const {
  const std::size_t from = Find(position);
  if (from == rows_.size()) return 0;
  return rows_.back().bytes_before + rows_.back().head.size - rows_[from].bytes_before;
}

std::uint64_t SpoolLog::unwritten_bytes() const {
  if (written_ == rows_.size()) return 0;
  return rows_.back().bytes_before + rows_.back().head.size - rows_[written_].bytes_before;
}

void SpoolLog::MarkWritten(std::size_t rows) {
  for (; written_ < rows && written_ < rows_.size(); ++written_) {
    rows_[written_].unwritten = nullptr;
  }
}

void SpoolLog::DropBefore(Sequence position) {
  while (!rows_.empty() && rows_.front().head.end <= position) {
    OnGone(rows_.front());
    rows_.pop_front();
  }
}

void SpoolLog::Erase(Sequence first) {
  const auto found =
      std::ranges::find(rows_, first, [](const LogRow& row) { return row.head.first; });
  if (found == rows_.end()) return;
  OnGone(*found);
  const std::uint64_t size = found->head.size;
  for (auto later = rows_.erase(found); later != rows_.end(); ++later) later->bytes_before -= size;
}

void SpoolLog::ReplaceWritten(const std::vector<RowHead>& rows) {
  std::deque<LogRow> unwritten(rows_.begin() + static_cast<std::ptrdiff_t>(written_), rows_.end());
  Clear();
  for (const RowHead& head : rows) Add(head, nullptr);
  for (LogRow& row : unwritten) Add(row.head, std::move(row.unwritten));
}

void SpoolLog::ReplaceUnwritten(std::vector<ItemRow> rows) {
  while (rows_.size() > written_) {
    OnGone(rows_.back());
    rows_.pop_back();
  }
  for (ItemRow& row : rows) {
    auto unwritten = std::make_shared<const ItemRow>(std::move(row));
    const RowHead head = unwritten->head;
    Add(head, std::move(unwritten));
  }
}

}  // namespace gaikei
