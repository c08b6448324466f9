#include "results/upstream/otlp/metrics_builder.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "results/histogram.h"
#include "results/upstream/mapping.h"
#include "results/upstream/otlp/attributes.h"
#include "results/upstream/otlp/gauges.h"
#include "results/upstream/otlp/ids.h"

namespace gaikei::otlp {
namespace {

/// What all points of a series, or of a stream of it, are made with.
struct Context {
  const SeriesPoint& series;
  const std::shared_ptr<const Attributes>& attributes;
  const UpstreamSpec& spec;

  bool is_delta() const { return spec.otlp.temporality == OtlpSpec::Temporality::kDelta; }
  Temporality temporality() const {
    return is_delta() ? Temporality::kDelta : Temporality::kCumulative;
  }

  /// A point of zero stands at the beginning of the counters: the stream starts before it, since
  /// some want start and time of a point to differ.
  WallTime start() const {
    return is_delta() ? series.after->start : series.after->start - std::chrono::milliseconds(1);
  }
  WallTime zero_at() const {
    return series.before != nullptr ? series.before->last_at : series.after->start;
  }

  template <class AnyPoint>
  AnyPoint Begin(Attributes own, WallTime at, bool has_start = true) const {
    AnyPoint point;
    point.attributes = {attributes, std::move(own)};
    if (has_start) point.start = start();
    point.at = at;
    return point;
  }

  /// The point of a stream, with a zero before it where it begins and an end behind it where the
  /// check has departed.
  template <class AnyPoint>
  void Put(std::vector<AnyPoint>& out, AnyPoint point, const AnyPoint& zero, bool is_new) const {
    if (series.has_items && is_new && !is_delta()) {
      AnyPoint first = zero;
      first.attributes = point.attributes;
      first.start = point.start;
      first.at = zero_at();
      out.push_back(std::move(first));
    }
    if (series.departed_at) {
      if (series.has_items) out.push_back(point);
      out.push_back(EndOf(std::move(point)));
    } else {
      out.push_back(std::move(point));
    }
  }

  template <class AnyPoint>
  AnyPoint EndOf(AnyPoint point) const {
    point.at = *series.departed_at;
    point.has_no_value = true;
    point.exemplars.clear();
    return point;
  }
};

Exemplar ExemplarOf(const TracedAttempt& attempt, double value) {
  return {attempt.at, value, TraceIdOfHex(attempt.trace_id)};
}

/// Outcomes that look the same to the upstream, whose mapping may leave out what sets them apart.
struct Row {
  Attributes own;
  std::int64_t count = 0;
  bool is_new = true;
  std::vector<Exemplar> exemplars;
};

/// What the upstream was told of a series before.
bool Had(const SeriesCounters* before, const Tally::Outcomes& outcomes) {
  return before != nullptr && std::ranges::any_of(before->tally.outcomes, [&](const auto& row) {
           return row.status == outcomes.status && row.reason == outcomes.reason;
         });
}

bool HadDuration(const SeriesCounters* before) {
  return before != nullptr &&
         (before->exponential.duration.Total() > 0 || before->tally.duration.Total() > 0);
}

bool HadPhase(const SeriesCounters* before, Phase phase) {
  const auto has = [phase](const auto& rows) {
    return std::ranges::any_of(rows, [phase](const auto& row) { return row.phase == phase; });
  };
  return before != nullptr && (has(before->exponential.phases) || has(before->tally.phases));
}

std::vector<Row> RowsOf(const Context& context) {
  std::vector<Row> rows;
  for (const Tally::Outcomes& outcomes : context.series.after->tally.outcomes) {
    AttributeList list(context.spec.mapping);
    PutVerdict(outcomes.status, outcomes.reason, list);
    Attributes own = list.Take();
    auto row = std::find_if(rows.begin(), rows.end(),
                            [&own](const Row& other) { return other.own == own; });
    if (row == rows.end()) {
      row = rows.insert(rows.end(), Row{});
      row->own = std::move(own);
    }
    row->count += static_cast<std::int64_t>(outcomes.count);
    row->is_new = row->is_new && !Had(context.series.before, outcomes);
    for (const TracedAttempt& attempt : context.series.traced) {
      if (attempt.status != outcomes.status || attempt.reason != outcomes.reason) continue;
      row->exemplars.push_back(ExemplarOf(attempt, 1));
    }
  }
  return rows;
}

void AddOutcomes(const Context& context, std::vector<NumberPoint>& out) {
  for (Row& row : RowsOf(context)) {
    auto point = context.Begin<NumberPoint>(std::move(row.own), context.series.after->last_at);
    point.value = row.count;
    point.exemplars = std::move(row.exemplars);
    NumberPoint zero;
    zero.value = std::int64_t{0};
    context.Put(out, std::move(point), zero, row.is_new);
  }
}

/// How the two forms of histograms are read from counters.
struct Exponential {
  using Data = otlp::ExponentialHistogram;
  using Spans = gaikei::ExponentialHistogram;
  static const ExponentialTally& In(const SeriesCounters& counters) { return counters.exponential; }
  static void Fill(ExponentialPoint& point, const Spans& spans) {
    point.count = spans.Total();
    point.sum = Seconds(spans.sum);
    point.scale = spans.scale;
    point.zero_count = spans.zero_count;
    if (point.count > 0) {
      point.min = Seconds(spans.min);
      point.max = Seconds(spans.max);
    }
    if (spans.buckets.empty()) return;
    point.offset = spans.buckets.begin()->first;
    const auto width = spans.buckets.rbegin()->first - point.offset + 1;
    point.buckets.assign(static_cast<std::size_t>(width), 0);
    for (const auto& [bucket, count] : spans.buckets) {
      point.buckets[static_cast<std::size_t>(bucket - point.offset)] = count;
    }
  }
};

struct Explicit {
  using Data = otlp::Histogram;
  using Spans = gaikei::Histogram;
  static const Tally& In(const SeriesCounters& counters) { return counters.tally; }
  static void Fill(HistogramPoint& point, const Spans& spans) {
    point.count = spans.Total();
    point.sum = Seconds(spans.sum);
    point.bounds.assign(kDurationBounds.begin(), kDurationBounds.end());
    point.buckets.assign(spans.buckets.begin(), spans.buckets.end());
  }
};

template <class Form>
void AddHistogram(const Context& context, const typename Form::Spans& spans, bool is_new,
                  Attributes own, const std::vector<Exemplar>& exemplars,
                  typename Form::Data& data) {
  if (spans.Total() == 0) return;
  using AnyPoint = typename decltype(data.points)::value_type;
  auto point = context.Begin<AnyPoint>(std::move(own), context.series.after->last_at);
  Form::Fill(point, spans);
  point.exemplars = exemplars;
  AnyPoint zero;
  typename Form::Spans nothing;
  if constexpr (requires { nothing.scale; }) nothing.scale = spans.scale;
  Form::Fill(zero, nothing);
  context.Put(data.points, std::move(point), zero, is_new);
}

template <class Form>
void AddDuration(const Context& context, typename Form::Data& data) {
  const SeriesPoint& series = context.series;
  std::vector<Exemplar> exemplars;
  if (const auto& slowest = series.slowest_traced) {
    exemplars.push_back(ExemplarOf(*slowest, Seconds(slowest->duration)));
  }
  const bool is_new = !HadDuration(series.before);
  AddHistogram<Form>(context, Form::In(*series.after).duration, is_new, {}, exemplars, data);
}

template <class Form>
void AddPhases(const Context& context, typename Form::Data& data) {
  for (const auto& row : Form::In(*context.series.after).phases) {
    const bool is_new = !HadPhase(context.series.before, row.phase);
    AttributeList list(context.spec.mapping);
    list.Put("gaikei.phase", std::string(Name(row.phase)));
    AddHistogram<Form>(context, row.spans, is_new, list.Take(), {}, data);
  }
}

template <class Form>
void AddHistograms(std::span<const Context> all, const UpstreamSpec& spec,
                   std::vector<Metric>& metrics) {
  typename Form::Data duration;
  typename Form::Data phases;
  // Without their attribute the phases would be one stream told several times.
  const bool has_phases =
      !Drops(spec.mapping, "phases") && MappedName(spec.mapping, "gaikei.phase").has_value();
  for (const Context& context : all) {
    duration.temporality = phases.temporality = context.temporality();
    AddDuration<Form>(context, duration);
    if (has_phases) AddPhases<Form>(context, phases);
  }
  if (!duration.points.empty()) {
    metrics.push_back(
        {"gaikei.duration", "How long checks took that could be judged", "s", std::move(duration)});
  }
  if (!phases.points.empty()) {
    metrics.push_back({"gaikei.phase.duration", "How long the phases of such checks took", "s",
                       std::move(phases)});
  }
}

void AddGauge(const GaugeFamily& family, std::span<const Context> all,
              std::vector<Metric>& metrics) {
  Gauge gauge;
  for (const Context& context : all) {
    const SeriesPoint& series = context.series;
    if (!family.applies(*series.series->check)) continue;
    auto point = context.Begin<NumberPoint>({}, series.after->last_at, false);
    const auto value = series.latest ? family.value(*series.latest) : std::nullopt;
    if (value) {
      point.value = *value;
      gauge.points.push_back(point);
    }
    const bool may_have_told = context.is_delta() || family.may_have_told(*series.after);
    if (series.departed_at && (value || may_have_told)) {
      gauge.points.push_back(context.EndOf(std::move(point)));
    }
  }
  if (gauge.points.empty()) return;
  metrics.push_back({family.name, family.description, family.unit, std::move(gauge)});
}

}  // namespace

std::vector<Metric> MetricsOf(std::span<const SeriesPoint> points, const UpstreamSpec& spec,
                              SeriesAttributes& attributes) {
  std::vector<Context> series;
  series.reserve(points.size());
  for (const SeriesPoint& point : points) {
    series.push_back({point, attributes.Of(*point.series), spec});
  }
  std::vector<Metric> metrics;
  Sum outcomes;
  for (const Context& context : series) {
    outcomes.temporality = context.temporality();
    AddOutcomes(context, outcomes.points);
  }
  if (!outcomes.points.empty()) {
    metrics.push_back(
        {"gaikei.outcomes", "Slots by what they came to", "{outcome}", std::move(outcomes)});
  }
  if (!Drops(spec.mapping, "histograms")) {
    if (spec.otlp.histograms == HistogramForm::kExponential) {
      AddHistograms<Exponential>(series, spec, metrics);
    } else {
      AddHistograms<Explicit>(series, spec, metrics);
    }
  }
  if (!Drops(spec.mapping, "latest")) {
    for (const GaugeFamily& family : GaugeFamilies()) AddGauge(family, series, metrics);
  }
  return metrics;
}

}  // namespace gaikei::otlp
