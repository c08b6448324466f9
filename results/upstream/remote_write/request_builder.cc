#include "results/upstream/remote_write/request_builder.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "results/metric_families.h"
#include "results/upstream/mapping.h"
#include "results/upstream/remote_write/gauge_names.h"
#include "results/upstream/remote_write/line_writer.h"

namespace gaikei::remote_write {
namespace {

/// How long before a first point the one before it may lie: some take nothing that is an hour older
/// than what they have.
constexpr std::int64_t kLongestBefore = 5 * 60 * 1000;

const ExponentialHistogram& NoSpans() {
  static const ExponentialHistogram kNone;
  return kNone;
}

/// What a line had as its value.
struct OldValue {
  double value = 0;
  const ExponentialHistogram* spans = nullptr;
};
using OldValues = std::map<std::string, OldValue, std::less<>>;

/// Notes the values of lines.
class ValueNotes final : public LineWriter {
 public:
  using LineWriter::LineWriter;
  const OldValues& values() const { return values_; }

 private:
  void Take(const Line& line) override {
    values_.insert_or_assign(std::string(line.labels), OldValue{line.value, line.spans});
  }
  OldValues values_;
};

/// Which points the lines of a series get.
struct Stamps {
  std::optional<std::int64_t> at;        ///< absent: there is no new point
  std::int64_t before = 0;               ///< of the point before a first one
  std::int64_t start = 0;                ///< counting began
  std::optional<std::int64_t> stale_at;  ///< absent: the series go on
};

/// Writes the points of lines, and notes what was written.
class PointWriter final : public LineWriter {
 public:
  PointWriter(const LabelMapping& mapping, RequestWriter& request, SeriesLabels& labels,
              const Stamps& stamps, const SentSeries* sent, const OldValues& old)
      : LineWriter(mapping, request, labels),
        request_(request),
        stamps_(stamps),
        sent_(sent),
        old_(old) {}

  const std::map<std::string, std::uint64_t, std::less<>>& samples() const { return samples_; }
  const GaugeNames& gauges() const { return gauges_; }

 private:
  void Take(const Line& line) override {
    points_.clear();
    if (line.family.type == MetricType::kGauge) {
      gauges_.Add(line.family.name, line.more);
      Add(line, *stamps_.at, 0);
    } else if (stamps_.at) {
      if (!IsKnown(line)) AddBefore(line);
      Add(line, *stamps_.at, stamps_.start);
      Note(line);
    } else if (!IsKnown(line)) {
      return;
    }
    if (stamps_.stale_at) {
      Add(line, *stamps_.stale_at, 0);
      points_.back().is_stale = true;
    }
    request_.AddSeries(line.labels, line.family, points_);
  }

  bool IsKnown(const Line& line) const {
    return sent_ != nullptr && line.sample < sent_->SamplesOf(line.family.name);
  }

  void Add(const Line& line, std::int64_t at, std::int64_t start) {
    points_.push_back({at, start < at ? start : 0, line.value, line.spans});
  }

  void AddBefore(const Line& line) {
    Add(line, stamps_.before, stamps_.start);
    Point& point = points_.back();
    const auto found = old_.find(line.labels);
    point.value = found != old_.end() ? found->second.value : 0;
    if (line.spans == nullptr) return;
    point.spans = found != old_.end() ? found->second.spans : &NoSpans();
  }

  void Note(const Line& line) {
    auto found = samples_.find(line.family.name);
    if (found == samples_.end()) found = samples_.emplace(line.family.name, 0).first;
    found->second = line.sample + 1;
  }

  RequestWriter& request_;
  const Stamps& stamps_;
  const SentSeries* sent_;
  const OldValues& old_;
  std::vector<Point> points_;
  std::map<std::string, std::uint64_t, std::less<>> samples_;
  GaugeNames gauges_;
};

Stamps StampsOf(const SeriesPoint& point) {
  const SeriesCounters& after = *point.after;
  const std::int64_t last = Millis(after.last_at);
  Stamps stamps;
  stamps.start = Millis(after.start);
  if (point.has_items) stamps.at = last;
  // Nothing was counted since the last stamp: any time from there on will do.
  stamps.before = std::max(Millis(point.before != nullptr ? point.before->last_at : after.start),
                           last - kLongestBefore);
  if (point.departed_at) stamps.stale_at = Millis(*point.departed_at);
  return stamps;
}

MetricRow RowOf(const SeriesPoint& point, const SeriesCounters& counters) {
  MetricRow row{point.series->check.get(), point.series->region};
  if (point.latest) row.latest = &*point.latest;
  row.tally = &counters.tally;
  row.exponential = &counters.exponential;
  return row;
}

}  // namespace

RequestBuilder::RequestBuilder(Version version, const LabelMapping& mapping,
                               const LabelRules& rules)
    : mapping_(mapping),
      request_(MakeRequest(version)),
      labels_(rules, *request_),
      shape_(Fingerprint(version == Version::kOne ? "1" : "2", rules.fingerprint())) {}

SentSeries RequestBuilder::Add(const SeriesPoint& point, const SentSeries* sent) {
  const SentSeries* known = sent != nullptr && sent->shape == shape_ ? sent : nullptr;
  const Stamps stamps = StampsOf(point);
  OldValues old;
  if (sent != nullptr && known == nullptr && point.before != nullptr) {
    // What was counted went to the same series under other names.
    const MetricRow row = RowOf(point, *point.before);
    ValueNotes notes(mapping_, *request_, labels_);
    WriteTallies(notes, {&row, 1});
    old = notes.values();
  }
  const MetricRow row = RowOf(point, *point.after);
  PointWriter writer(mapping_, *request_, labels_, stamps, known, old);
  WriteTallies(writer, {&row, 1});
  SentSeries now;
  now.shape = shape_;
  now.samples = writer.samples();
  if (known != nullptr) now.gauges = known->gauges;
  if (point.latest && !Drops(mapping_, "latest")) {
    WriteLatest(writer, {&row, 1});
    EndGauges(row, now.gauges, writer.gauges().text(), *stamps.at);
    now.gauges = writer.gauges().text();
  } else if (stamps.stale_at) {
    EndGauges(row, now.gauges, {}, *stamps.stale_at);
  }
  return now;
}

void RequestBuilder::EndGauges(const MetricRow& row, const std::string& before,
                               const std::string& now, std::int64_t at) {
  const GaugeNames names(before);
  const std::vector<GaugeName> gone = names.WithoutThoseOf(GaugeNames(now));
  if (gone.empty()) return;
  const LabelSet common = LatestLabels(row);
  for (const GaugeName& gauge : gone) {
    Point point;
    point.at = at;
    point.is_stale = true;
    labels_.Set(common, gauge.more);
    request_->AddSeries(labels_.Of(gauge.family.name), gauge.family, {&point, 1});
  }
}
}  // namespace gaikei::remote_write
