#include "results/spool/lane_book.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace gaikei {
namespace {

/// Why samples are dropped that a settlement moves past without a word.
constexpr const char* kUnaccounted = "unaccounted";

}  // namespace

Sequence LaneBook::needed_from(Sequence end_of_log) const {
  const Sequence position = log_position();
  // A lane that is gone needs nothing of what came later.
  return row.until != 0 && position >= row.until ? end_of_log : position;
}

std::uint64_t LaneBook::folded_bytes() const {
  std::uint64_t bytes = 0;
  for (const FoldedRow& fold : folds) bytes += fold.head.size;
  return bytes;
}

bool LaneBook::Takes(const SpoolItem& item) const {
  return config.takes_rollups || !std::holds_alternative<Rollup>(item.content);
}

std::uint64_t LaneBook::CountOf(std::span<const SeriesCount> counts,
                                const SeriesBook& series) const {
  std::uint64_t samples = 0;
  for (const SeriesCount& count : counts) {
    const KnownSeries* known = series.Find(count.series);
    if (known == nullptr || !Wants(*known)) continue;
    samples += count.samples + (config.takes_rollups ? count.rolled : 0);
  }
  return samples;
}

bool LaneBook::TakesSome(std::span<const SeriesCount> counts, const SeriesBook& series) const {
  return std::ranges::any_of(counts, [&](const SeriesCount& count) {
    const KnownSeries* known = series.Find(count.series);
    if (known == nullptr || !Wants(*known)) return false;
    return count.samples + count.departures + (config.takes_rollups ? count.rolled : 0) > 0;
  });
}

bool LaneBook::TakesAllOf(const RowHead& head) const {
  return !config.selects && (config.takes_rollups || head.level < FoldLevel::kMinute);
}

void LaneBook::Produce(std::uint64_t samples) {
  row.produced += samples;
  row.spooled += samples;
  is_changed = true;
}

void LaneBook::Drop(std::uint64_t samples, const char* reason) {
  samples = std::min(samples, row.spooled);
  if (samples == 0) return;
  row.spooled -= samples;
  row.dropped[reason] += samples;
  is_changed = true;
}

void LaneBook::MoveTo(Sequence position) {
  if (position <= row.cursor) return;
  row.cursor = position;
  is_changed = true;
  while (!folds.empty() && folds.front().head.end <= position) {
    passed_folds.push_back(folds.front().id);
    folds.pop_front();
  }
}

void LaneBook::Settle(Spool::Settlement settlement, Sequence unwritten_from) {
  std::uint64_t left = 0;
  std::uint64_t left_unwritten = 0;
  Sequence end = row.cursor;
  while (!handed.empty() && handed.front().end <= settlement.end) {
    end = handed.front().end;
    left += handed.front().samples;
    if (end > unwritten_from) left_unwritten += handed.front().samples;
    handed_bytes -= handed.front().bytes;
    handed.pop_front();
  }
  MoveTo(end);
  unwritten -= std::min(unwritten, left_unwritten);
  left = std::min(left, row.spooled);
  row.spooled -= left;
  const auto take = [&left](std::uint64_t wanted) {
    const std::uint64_t taken = std::min(wanted, left);
    left -= taken;
    return taken;
  };
  const std::uint64_t sent = take(settlement.sent);
  row.sent += sent;
  row.duplicates += std::min(settlement.duplicates, sent);
  row.rejected += take(settlement.rejected);
  for (const auto& [reason, count] : settlement.dropped) {
    if (const std::uint64_t dropped = take(count); dropped > 0) row.dropped[reason] += dropped;
  }
  if (left > 0) row.dropped[kUnaccounted] += left;
  for (LaneState& state : settlement.states) {
    changed_states[state.series] = std::move(state.bytes);
  }
  is_changed = true;
}

void LaneBook::Hand(Handed item) {
  handed_bytes += item.bytes;
  handed.push_back(item);
}

void LaneBook::ForgetHanded() {
  handed.clear();
  handed_bytes = 0;
}

void LaneBook::ForgetHanded(const RowHead& lost) {
  std::erase_if(handed, [&](const Handed& item) {
    const bool is_lost = item.end > lost.first && item.end <= lost.end;
    if (is_lost) handed_bytes -= item.bytes;
    return is_lost;
  });
}

LaneRow LaneBook::RowToWrite() const {
  LaneRow written = row;
  written.produced -= unwritten;
  written.spooled -= unwritten;
  return written;
}

std::uint64_t SelectionMark(std::int64_t series) {
  // Any mixing that spreads small numbers will do (splitmix64, by Sebastiano Vigna).
  std::uint64_t mark = static_cast<std::uint64_t>(series) + 0x9E3779B97F4A7C15U;
  mark = (mark ^ (mark >> 30U)) * 0xBF58476D1CE4E5B9U;
  mark = (mark ^ (mark >> 27U)) * 0x94D049BB133111EBU;
  return mark ^ (mark >> 31U);
}

}  // namespace gaikei
