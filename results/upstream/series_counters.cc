#include "results/upstream/series_counters.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>
#include <variant>

namespace gaikei {
namespace {

/// Two points of a series are at least so far apart: what the coarsest protocol can tell apart.
constexpr Span kStampStep = std::chrono::milliseconds(1);

/// How long the end of a series is remembered: what comes after it may have begun so long before (a
/// job that reports when it is done).
constexpr Span kEndRemembered = std::chrono::hours(24);

void AppendNumber(std::string& out, std::int64_t number) {
  out += std::to_string(number);
  out += ' ';
}

std::optional<std::int64_t> TakeNumber(std::string_view& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data() + text.size() || *end != ' ') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return number;
}

/// When the first of what it stands for began. A slot that never started has no such time.
WallTime BeginOf(const SpoolItem& item) {
  if (const auto* rollup = std::get_if<Rollup>(&item.content)) return rollup->from;
  const auto* sample = std::get_if<Sample>(&item.content);
  if (sample == nullptr || !sample->latest.has_started) return item.at();
  return std::min(sample->started_at, sample->at);
}

}  // namespace

void SeriesCounters::Add(const SpoolItem& item, HistogramForm form) {
  const bool is_exponential = form != HistogramForm::kExplicit;
  if (const auto* sample = std::get_if<Sample>(&item.content)) {
    const Latest& seen = sample->latest;
    tally.Add(seen.status, sample->reason, seen.duration, seen.phases);
    if (is_exponential) {
      exponential.Add(seen.status, sample->reason, seen.duration, seen.phases);
    }
  } else if (const auto* rollup = std::get_if<Rollup>(&item.content)) {
    tally.Merge(rollup->tally);
    if (is_exponential) exponential.Merge(rollup->exponential);
  }
  if (form == HistogramForm::kExponential) {
    tally.duration = {};
    tally.phases.clear();
  }
  last_at = std::max(item.at(), last_at + kStampStep);
}

void SeriesCounters::BeginAnew() {
  start = last_at;
  tally = {};
  exponential = {};
}

std::string SeriesCounters::Encode() const {
  std::string out;
  AppendNumber(out, start.time_since_epoch().count());
  AppendNumber(out, last_at.time_since_epoch().count());
  const std::string counts = tally.Encode();
  AppendNumber(out, static_cast<std::int64_t>(counts.size()));
  return out + counts + exponential.Encode();
}

std::optional<SeriesCounters> SeriesCounters::Decode(std::string_view bytes) {
  const auto start = TakeNumber(bytes);
  const auto last_at = TakeNumber(bytes);
  const auto size = TakeNumber(bytes);
  if (!start || !last_at || !size || *size < 0) return std::nullopt;
  // A stamp that none can follow.
  if (*last_at > (Span::max() - std::chrono::hours(1)).count()) return std::nullopt;
  const auto length = static_cast<std::size_t>(*size);
  if (length > bytes.size()) return std::nullopt;
  auto tally = Tally::Decode(bytes.substr(0, length));
  auto exponential = ExponentialTally::Decode(bytes.substr(length));
  if (!tally || !exponential) return std::nullopt;
  SeriesCounters counters;
  counters.start = WallTime(Span(*start));
  counters.last_at = WallTime(Span(*last_at));
  counters.tally = std::move(*tally);
  counters.exponential = std::move(*exponential);
  return counters;
}

const SeriesCounters* CounterBook::Find(std::int64_t series) {
  if (const auto changed = changed_.find(series); changed != changed_.end()) {
    return changed->second ? &*changed->second : nullptr;
  }
  if (const auto kept = kept_.find(series); kept != kept_.end()) return &kept->second;
  const auto bytes = states_.Load(series);
  auto counters = bytes ? SeriesCounters::Decode(*bytes) : std::nullopt;
  if (!counters) return nullptr;
  return &kept_.emplace(series, std::move(*counters)).first->second;
}

SeriesCounters& CounterBook::Open(const SpoolItem& item) {
  const std::int64_t series = item.series().id;
  const auto changed = changed_.find(series);
  if (changed == changed_.end() || !changed->second) {
    const SeriesCounters* known = Find(series);
    SeriesCounters counters;
    if (known != nullptr) {
      counters = *known;
    } else {
      counters.start = BeginOf(item) - kStampStep;
      const auto ended = ended_.find({item.series().check->name, item.series().region});
      if (ended != ended_.end()) {
        // An attempt that had begun before, or a check that is there again at once.
        counters.start = std::max(counters.start, ended->second + kStampStep);
      }
      counters.last_at = counters.start;
    }
    changed_.insert_or_assign(series, std::move(counters));
  }
  return *changed_.find(series)->second;
}

void CounterBook::Forget(const SampleSeries& series, WallTime ended_at) {
  changed_.insert_or_assign(series.id, std::nullopt);
  WallTime& ended = ended_[{series.check->name, series.region}];
  ended = std::max(ended, ended_at);
  newest_end_ = std::max(newest_end_, ended_at);
}

std::vector<LaneState> CounterBook::Keep() {
  std::vector<LaneState> states;
  states.reserve(changed_.size());
  for (auto& [series, counters] : changed_) {
    states.push_back({series, counters ? counters->Encode() : std::string()});
    if (counters) {
      kept_.insert_or_assign(series, std::move(*counters));
    } else {
      kept_.erase(series);
    }
  }
  changed_.clear();
  std::erase_if(ended_,
                [this](const auto& row) { return row.second < newest_end_ - kEndRemembered; });
  return states;
}

}  // namespace gaikei
