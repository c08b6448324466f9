#include "results/tally.h"

#include <fmt/format.h>

#include <charconv>

namespace gaikei {
namespace {

// A tally as text is a list of items, each ended by a semicolon:
//   count:STATUS:REASON:N;   duration:SUM:BUCKET=N,BUCKET=N;   phase:NAME:SUM:BUCKET=N,...;
// SUM is in nanoseconds; buckets that are zero are left out.

/// Takes what stands before `mark`; absent (and nothing taken) when there is no mark.
std::optional<std::string_view> TakeUntil(std::string_view& text, char mark) {
  const auto end = text.find(mark);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end + 1);
  return taken;
}

template <class Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

void EncodeHistogram(std::string& out, const Histogram& histogram) {
  out += fmt::format("{}:", histogram.sum.count());
  const char* separator = "";
  for (std::size_t i = 0; i < histogram.buckets.size(); ++i) {
    if (histogram.buckets[i] == 0) continue;
    out += fmt::format("{}{}={}", separator, i, histogram.buckets[i]);
    separator = ",";
  }
  out += ';';
}

std::optional<Histogram> DecodeHistogram(std::string_view text) {
  Histogram histogram;
  const auto sum_text = TakeUntil(text, ':');
  if (!sum_text) return std::nullopt;
  const auto sum = ParseNumber<std::int64_t>(*sum_text);
  if (!sum) return std::nullopt;
  histogram.sum = Span(*sum);
  while (!text.empty()) {
    const auto bucket_text = TakeUntil(text, '=');
    if (!bucket_text) return std::nullopt;
    std::string_view count_text = text;
    if (const auto before = TakeUntil(text, ',')) {
      count_text = *before;
    } else {
      text = {};
    }
    const auto bucket = ParseNumber<std::size_t>(*bucket_text);
    const auto count = ParseNumber<std::uint32_t>(count_text);
    if (!bucket || !count || *bucket >= histogram.buckets.size()) return std::nullopt;
    histogram.buckets[*bucket] = *count;
  }
  return histogram;
}

std::optional<Tally::Outcomes> DecodeOutcomes(std::string_view text) {
  const auto status_name = TakeUntil(text, ':');
  const auto reason_name = TakeUntil(text, ':');
  if (!status_name || !reason_name) return std::nullopt;
  const auto status = ParseStatus(*status_name);
  const auto reason =
      reason_name->empty() ? std::optional(Reason::kNone) : ParseReason(*reason_name);
  const auto count = ParseNumber<std::uint64_t>(text);
  if (!status || !reason || !count) return std::nullopt;
  return Tally::Outcomes{*status, *reason, *count};
}

}  // namespace

Tally::Outcomes& Tally::CountOf(Status status, Reason reason) {
  for (Outcomes& row : outcomes) {
    if (row.status == status && row.reason == reason) return row;
  }
  return outcomes.emplace_back(Outcomes{status, reason, 0});
}

Histogram& Tally::SpansOf(Phase phase) {
  for (PhaseSpans& row : phases) {
    if (row.phase == phase) return row.spans;
  }
  return phases.emplace_back(PhaseSpans{phase, {}}).spans;
}

bool Tally::HasDuration(Status status, Reason reason) {
  return status != Status::kUnknown && reason != Reason::kHeartbeatMissed;
}

void Tally::Add(const Outcome& outcome) {
  Add(outcome.status, outcome.reason, outcome.duration, outcome.phases.spent);
}

void Tally::Add(Status status, Reason reason, Span duration_of,
                const std::array<std::optional<Span>, kPhaseCount>& phases_of) {
  ++CountOf(status, reason).count;
  if (!HasDuration(status, reason)) return;
  duration.Add(kDurationBounds, duration_of);
  for (std::size_t i = 0; i < kPhaseCount; ++i) {
    if (phases_of[i]) SpansOf(static_cast<Phase>(i)).Add(kDurationBounds, *phases_of[i]);
  }
}

void Tally::Merge(const Tally& more) {
  for (const Outcomes& row : more.outcomes) CountOf(row.status, row.reason).count += row.count;
  duration.Merge(more.duration);
  for (const PhaseSpans& row : more.phases) SpansOf(row.phase).Merge(row.spans);
}

std::uint64_t Tally::Total() const {
  std::uint64_t total = 0;
  for (const Outcomes& row : outcomes) total += row.count;
  return total;
}

std::string Tally::Encode() const {
  std::string out;
  for (const Outcomes& row : outcomes) {
    out += fmt::format("count:{}:{}:{};", Name(row.status), Name(row.reason), row.count);
  }
  out += "duration:";
  EncodeHistogram(out, duration);
  for (const PhaseSpans& row : phases) {
    out += fmt::format("phase:{}:", Name(row.phase));
    EncodeHistogram(out, row.spans);
  }
  return out;
}

std::optional<Tally> Tally::Decode(std::string_view text) {
  Tally tally;
  while (!text.empty()) {
    auto item = TakeUntil(text, ';');
    if (!item) return std::nullopt;
    const auto what = TakeUntil(*item, ':');
    if (what == "count") {
      const auto row = DecodeOutcomes(*item);
      if (!row) return std::nullopt;
      tally.CountOf(row->status, row->reason).count += row->count;
    } else if (what == "duration") {
      const auto histogram = DecodeHistogram(*item);
      if (!histogram) return std::nullopt;
      tally.duration = *histogram;
    } else if (what == "phase") {
      const auto name = TakeUntil(*item, ':');
      const auto phase = name ? ParsePhase(*name) : std::nullopt;
      const auto histogram = phase ? DecodeHistogram(*item) : std::nullopt;
      if (!histogram) return std::nullopt;
      tally.SpansOf(*phase) = *histogram;
    } else {
      return std::nullopt;
    }
  }
  return tally;
}

}  // namespace gaikei
