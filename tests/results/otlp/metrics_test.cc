#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>

#include "otlp_rig.h"
#include "results/histogram.h"
#include "results/upstream/otlp/metrics_builder.h"
#include "results/upstream/points/point_gatherer.h"

namespace gaikei::otlp {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using testing::Epoch;

/// Takes deliveries as the sink does, without writing them out.
class OtlpMetrics : public ::testing::Test {
 protected:
  /// What the first items come to; `settle`: the delivery was taken.
  std::vector<Metric> Deliver(const std::vector<const SpoolItem*>& items, bool settle = true) {
    std::vector<Metric> metrics = MetricsFrom(items, book_);
    if (settle) {
      states_.Keep(book_.Keep());
    } else {
      book_.Drop();
    }
    return metrics;
  }

  /// The points of all items in one request.
  std::vector<Metric> MetricsFrom(const std::vector<const SpoolItem*>& items, CounterBook& book) {
    PointGatherer gatherer(
        {.every = spec_.every, .is_delta = spec_.otlp.temporality == OtlpSpec::Temporality::kDelta},
        book);
    taken_ = gatherer.Take(items);
    const std::vector<SeriesPoint> points = gatherer.Close();
    samples_ = 0;
    for (const SeriesPoint& point : points) samples_ += point.samples;
    SeriesAttributes attributes(spec_.mapping);
    return MetricsOf(points, spec_, attributes);
  }

  static const Metric* Find(const std::vector<Metric>& metrics, const std::string& name) {
    for (const Metric& metric : metrics) {
      if (metric.name == name) return &metric;
    }
    return nullptr;
  }

  static const std::vector<NumberPoint>& SumPoints(const std::vector<Metric>& metrics) {
    return std::get<Sum>(Find(metrics, "gaikei.outcomes")->data).points;
  }

  static std::vector<ExponentialPoint> Durations(const std::vector<Metric>& metrics,
                                                 const std::string& name = "gaikei.duration") {
    const Metric* metric = Find(metrics, name);
    if (metric == nullptr) return {};
    return std::get<ExponentialHistogram>(metric->data).points;
  }

  static std::vector<NumberPoint> GaugePoints(const std::vector<Metric>& metrics,
                                              const std::string& name) {
    const Metric* metric = Find(metrics, name);
    if (metric == nullptr) return {};
    return std::get<Gauge>(metric->data).points;
  }

  /// All attributes of a point as texts.
  static std::map<std::string, std::string> AttributesOf(const Point& point) {
    std::map<std::string, std::string> all;
    for (const Attributes* list : {point.attributes.shared.get(), &point.attributes.own}) {
      for (const Attribute& attribute : *list) {
        const auto* text = std::get_if<std::string>(&attribute.value);
        const std::string value =
            text != nullptr ? *text : std::to_string(std::get<std::int64_t>(attribute.value));
        EXPECT_TRUE(all.emplace(attribute.key, value).second) << attribute.key << " twice";
      }
    }
    return all;
  }

  UpstreamSpec spec_ = testing::OtlpUpstream();
  testing::MemoryStates states_;
  CounterBook book_{states_, HistogramForm::kExponential};
  CounterBook explicit_book_{states_, HistogramForm::kExplicit};
  testing::Backlog backlog_;
  WallTime now_ = Epoch() + std::chrono::hours(1);  ///< all of it is a backlog
  std::size_t taken_ = 0;
  std::uint64_t samples_ = 0;
};

TEST_F(OtlpMetrics, NamesASeriesByOursLabelsAndConventions) {
  backlog_.Add(backlog_.Series("home"), seconds(1));
  const auto metrics = Deliver(backlog_.items());
  EXPECT_EQ(taken_, 1U);
  EXPECT_EQ(AttributesOf(SumPoints(metrics).back()),
            (std::map<std::string, std::string>{{"gaikei.check", "home"},
                                                {"gaikei.region", "tokyo"},
                                                {"gaikei.kind", "http"},
                                                {"gaikei.status", "pass"},
                                                {"team", "web"},
                                                {"url.full", "https://home.example/"},
                                                {"server.address", "home.example"},
                                                {"server.port", "443"},
                                                {"network.protocol.name", "http"}}));
  EXPECT_EQ(Find(metrics, "gaikei.outcomes")->unit, "{outcome}");
  EXPECT_EQ(Find(metrics, "gaikei.duration")->unit, "s");
  EXPECT_EQ(AttributesOf(Durations(metrics, "gaikei.phase.duration").back())["gaikei.phase"],
            "connect");
}

TEST_F(OtlpMetrics, CountsByStatusAndReasonFromAZeroOn) {
  const auto series = backlog_.Series("home");
  backlog_.Add(series, seconds(1));
  backlog_.Add(series, seconds(2), Reason::kConnectRefused);
  backlog_.Add(series, seconds(3));
  const auto metrics = Deliver(backlog_.items());
  EXPECT_EQ(taken_, 3U);
  const auto& points = SumPoints(metrics);
  ASSERT_EQ(points.size(), 4U);
  EXPECT_EQ(std::get<std::int64_t>(points[0].value), 0);
  EXPECT_EQ(std::get<std::int64_t>(points[1].value), 2);
  EXPECT_EQ(std::get<std::int64_t>(points[2].value), 0);
  EXPECT_EQ(std::get<std::int64_t>(points[3].value), 1);
  EXPECT_EQ(AttributesOf(points[3])["error.type"], "connect_refused");
  EXPECT_EQ(AttributesOf(points[3])["gaikei.status"], "fail");
  EXPECT_EQ(AttributesOf(points[1]).count("error.type"), 0U);
  for (const NumberPoint& point : points) {
    EXPECT_EQ(point.start, points[0].start);
    EXPECT_LT(point.start, point.at);
  }
  EXPECT_LT(points[0].at, Epoch() + milliseconds(750));  // before the first check began
  EXPECT_EQ(points[1].at, Epoch() + seconds(3));
}

TEST_F(OtlpMetrics, GoesOnCountingFromDeliveryToDeliveryAndBookToBook) {
  const auto series = backlog_.Series("home");
  backlog_.Add(series, seconds(1));
  const WallTime start = SumPoints(Deliver(backlog_.items())).back().start;
  backlog_.Add(series, seconds(20));
  backlog_.Add(series, seconds(21), Reason::kReset);
  // As after a restart: another book that reads the same states.
  CounterBook book(states_, HistogramForm::kExponential);
  const auto metrics = MetricsFrom(backlog_.ItemsFrom(1), book);
  const auto& points = SumPoints(metrics);
  ASSERT_EQ(points.size(), 3U);
  EXPECT_EQ(std::get<std::int64_t>(points[0].value), 2);
  EXPECT_EQ(points[0].start, start);
  // A reason that is new begins at zero where the series stood.
  EXPECT_EQ(std::get<std::int64_t>(points[1].value), 0);
  EXPECT_EQ(points[1].at, Epoch() + seconds(1));
  EXPECT_EQ(std::get<std::int64_t>(points[2].value), 1);
  EXPECT_EQ(Durations(metrics).size(), 1U);
  EXPECT_EQ(Durations(metrics)[0].count, 3U);
}

TEST_F(OtlpMetrics, TakesBackWhatWasDiscarded) {
  const auto series = backlog_.Series("home");
  backlog_.Add(series, seconds(1));
  Deliver(backlog_.items(), false);
  const auto again = Deliver(backlog_.items());
  ASSERT_EQ(SumPoints(again).size(), 2U);
  EXPECT_EQ(std::get<std::int64_t>(SumPoints(again)[1].value), 1);
}

TEST_F(OtlpMetrics, PutsDurationsIntoTheBucketsOfTheDataModel) {
  const auto series = backlog_.Series("home");
  for (const auto& [at, took] :
       {std::pair(seconds(1), 250), std::pair(seconds(2), 500), std::pair(seconds(3), 0)}) {
    backlog_.Add(series, at).latest.duration = milliseconds(took);
  }
  const ExponentialPoint point = Durations(Deliver(backlog_.items())).back();
  EXPECT_EQ(point.count, 3U);
  EXPECT_EQ(point.sum, 0.75);
  EXPECT_EQ(point.zero_count, 1U);
  EXPECT_EQ(point.scale, 3);
  EXPECT_EQ(point.min, 0.0);
  EXPECT_EQ(point.max, 0.5);
  // 0.25 and 0.5 are upper bounds of buckets: (2^(i/8), 2^((i+1)/8)].
  EXPECT_EQ(point.offset, -17);
  ASSERT_EQ(point.buckets.size(), 9U);
  EXPECT_EQ(point.buckets.front(), 1U);
  EXPECT_EQ(point.buckets.back(), 1U);
}

TEST_F(OtlpMetrics, BeginsHistogramsAtZeroToo) {
  backlog_.Add(backlog_.Series("home"), seconds(1));
  const auto points = Durations(Deliver(backlog_.items()));
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].count, 0U);
  EXPECT_EQ(points[0].sum, 0);
  EXPECT_TRUE(points[0].buckets.empty());
  EXPECT_FALSE(points[0].min);
  EXPECT_LT(points[0].at, points[1].at);
  EXPECT_EQ(points[1].count, 1U);
}

TEST_F(OtlpMetrics, WritesClassicBucketsOnRequest) {
  spec_.otlp.histograms = HistogramForm::kExplicit;
  backlog_.Add(backlog_.Series("home"), seconds(1));
  const auto metrics = MetricsFrom(backlog_.items(), explicit_book_);
  const auto& points = std::get<Histogram>(Find(metrics, "gaikei.duration")->data).points;
  ASSERT_EQ(points.size(), 2U);
  ASSERT_EQ(points[1].bounds.size(), kBoundCount);
  ASSERT_EQ(points[1].buckets.size(), kBoundCount + 1);
  for (const HistogramPoint& point : points) {
    std::uint64_t sum = 0;
    for (const std::uint64_t bucket : point.buckets) sum += bucket;
    EXPECT_EQ(sum, point.count);
  }
  // 0.25 s is an upper bound, and inclusive.
  const auto at = std::lower_bound(points[1].bounds.begin(), points[1].bounds.end(), 0.25);
  EXPECT_EQ(points[1].buckets[static_cast<std::size_t>(at - points[1].bounds.begin())], 1U);
  EXPECT_EQ(points[1].sum, 0.25);
}

TEST_F(OtlpMetrics, TellsOfUnknownOutcomesByTheCounterAlone) {
  const auto series = backlog_.Series("home");
  backlog_.Add(series, seconds(1), Reason::kProberOverload);
  const auto metrics = Deliver(backlog_.items());
  EXPECT_EQ(AttributesOf(SumPoints(metrics).back())["gaikei.status"], "unknown");
  EXPECT_EQ(metrics.size(), 1U);
}

TEST_F(OtlpMetrics, ShowsTheLatestOutcomeAsGauges) {
  const auto series = backlog_.Series("home");
  backlog_.Add(series, seconds(1));
  Sample& last = backlog_.Add(series, seconds(2), Reason::kExpectStatus);
  last.latest.http.emplace();
  last.latest.http->status = 503;
  auto tls = std::make_unique<Latest::Tls>();
  tls->expires_at = WallTime(seconds(1800000000));
  last.latest.tls = std::move(tls);
  const auto metrics = Deliver(backlog_.items());
  const auto success = GaugePoints(metrics, "gaikei.success");
  ASSERT_EQ(success.size(), 1U);
  EXPECT_EQ(std::get<std::int64_t>(success[0].value), 0);
  EXPECT_EQ(success[0].start, WallTime{});
  EXPECT_EQ(success[0].at, Epoch() + seconds(2));
  EXPECT_EQ(std::get<std::int64_t>(GaugePoints(metrics, "gaikei.tls.certificate.expiry")[0].value),
            1800000000);
  EXPECT_EQ(
      std::get<std::int64_t>(GaugePoints(metrics, "gaikei.http.response.status_code")[0].value),
      503);
  EXPECT_TRUE(GaugePoints(metrics, "gaikei.icmp.packet_loss").empty());
}

TEST_F(OtlpMetrics, HangsTracesOnWhatTheyExplain) {
  const auto series = backlog_.Series("home");
  const std::string first(32, 'a');
  const std::string second(32, 'b');
  Sample& slow = backlog_.Add(series, seconds(1));
  slow.trace_id = first;
  slow.latest.duration = seconds(3);
  backlog_.Add(series, seconds(2)).trace_id = second;
  backlog_.Add(series, seconds(3), Reason::kReset);
  const auto metrics = Deliver(backlog_.items());
  const auto& pass = SumPoints(metrics)[1];
  ASSERT_EQ(pass.exemplars.size(), 1U);
  EXPECT_EQ(pass.exemplars[0].trace_id, std::string(16, '\xBB'));
  EXPECT_EQ(pass.exemplars[0].at, Epoch() + seconds(2));
  EXPECT_TRUE(SumPoints(metrics)[3].exemplars.empty());
  const auto duration = Durations(metrics).back();
  ASSERT_EQ(duration.exemplars.size(), 1U);
  EXPECT_EQ(duration.exemplars[0].trace_id, std::string(16, '\xAA'));
  EXPECT_EQ(duration.exemplars[0].value, 3.0);
}

TEST_F(OtlpMetrics, StaysInTheWindowWhereTheClockWentBack) {
  const auto series = backlog_.Series("home");
  backlog_.Add(series, seconds(20));
  backlog_.Add(series, seconds(1));
  const auto metrics = Deliver(backlog_.items());
  EXPECT_EQ(taken_, 2U);
  EXPECT_EQ(SumPoints(metrics).back().at, Epoch() + seconds(20) + milliseconds(1));
}

TEST_F(OtlpMetrics, EndsAStreamWhereItsCheckDeparts) {
  const auto series = backlog_.Series("home");
  backlog_.Add(series, seconds(1));
  backlog_.Depart(series, seconds(2));
  backlog_.Add(series, seconds(3));
  auto metrics = Deliver(backlog_.items());
  EXPECT_EQ(taken_, 3U);
  ASSERT_EQ(SumPoints(metrics).size(), 5U);
  EXPECT_FALSE(SumPoints(metrics)[1].has_no_value);
  EXPECT_TRUE(SumPoints(metrics)[2].has_no_value);
  EXPECT_EQ(SumPoints(metrics)[2].at, Epoch() + seconds(2));
  EXPECT_EQ(AttributesOf(SumPoints(metrics)[2]), AttributesOf(SumPoints(metrics)[1]));
  EXPECT_TRUE(Durations(metrics)[2].has_no_value);
  EXPECT_TRUE(Durations(metrics, "gaikei.phase.duration")[2].has_no_value);
  EXPECT_TRUE(GaugePoints(metrics, "gaikei.success")[1].has_no_value);
  // What comes after is another stream.
  EXPECT_EQ(std::get<std::int64_t>(SumPoints(metrics)[3].value), 0);
  EXPECT_EQ(std::get<std::int64_t>(SumPoints(metrics)[4].value), 1);
  EXPECT_GT(SumPoints(metrics)[4].start, Epoch() + seconds(2));
}

TEST_F(OtlpMetrics, EndsWhatWasToldInAnEarlierDelivery) {
  const auto series = backlog_.Series("home");
  backlog_.Add(series, seconds(1), Reason::kReset);
  Deliver(backlog_.items());
  backlog_.Depart(series, seconds(1));
  const auto metrics = Deliver(backlog_.ItemsFrom(1));
  EXPECT_EQ(taken_, 1U);
  ASSERT_EQ(SumPoints(metrics).size(), 1U);
  EXPECT_TRUE(SumPoints(metrics)[0].has_no_value);
  // Behind the last point, though no time had passed.
  EXPECT_EQ(SumPoints(metrics)[0].at, Epoch() + seconds(1) + milliseconds(1));
  EXPECT_TRUE(states_.kept().empty());
}

TEST_F(OtlpMetrics, EndsGaugesThatMayHaveBeenTold) {
  const auto secure = backlog_.Series("secure");
  Sample& spoken = backlog_.Add(secure, seconds(1));
  spoken.latest.phases[static_cast<std::size_t>(Phase::kTls)] = milliseconds(20);
  spoken.latest.phases[static_cast<std::size_t>(Phase::kProcessing)] = milliseconds(30);
  const auto plain = backlog_.Series("plain");
  backlog_.Add(plain, seconds(2), Reason::kReset);
  const auto unfit = backlog_.Series("unfit");
  backlog_.Add(unfit, seconds(3), Reason::kProberFdLimit);
  Deliver(backlog_.items());
  const std::size_t told = backlog_.items().size();
  for (const auto& series : {secure, plain, unfit}) backlog_.Depart(series, seconds(4));
  const auto metrics = Deliver(backlog_.ItemsFrom(told));
  const auto ended = [&](const char* name) {
    std::vector<std::string> checks;
    for (const NumberPoint& point : GaugePoints(metrics, name)) {
      EXPECT_TRUE(point.has_no_value);
      checks.push_back(AttributesOf(point)["gaikei.check"]);
    }
    return checks;
  };
  EXPECT_THAT(ended("gaikei.success"), ElementsAre("secure", "plain"));
  EXPECT_THAT(ended("gaikei.tls.certificate.expiry"), ElementsAre("secure"));
  EXPECT_THAT(ended("gaikei.http.response.status_code"), ElementsAre("secure"));
}

TEST_F(OtlpMetrics, EndsGaugesOfWhichFoldingLeftNoPhases) {
  const auto series = backlog_.Series("home");
  Rollup rollup;
  rollup.series = series;
  rollup.from = rollup.at = Epoch();
  rollup.samples = 60;
  rollup.tally.outcomes = {{Status::kPass, Reason::kNone, 60}};
  backlog_.AddRollup(std::move(rollup));
  Deliver(backlog_.items());
  backlog_.Depart(series, seconds(4));
  const auto metrics = Deliver(backlog_.ItemsFrom(1));
  EXPECT_EQ(GaugePoints(metrics, "gaikei.tls.certificate.expiry").size(), 1U);
}

TEST_F(OtlpMetrics, HasNothingToSayOfADepartureThatWasNeverThere) {
  backlog_.Depart(backlog_.Series("home"), seconds(1));
  EXPECT_TRUE(Deliver(backlog_.items()).empty());
  EXPECT_EQ(taken_, 1U);
  EXPECT_EQ(samples_, 0U);
}

TEST_F(OtlpMetrics, CountsWhatWasFolded) {
  const auto series = backlog_.Series("home");
  Rollup rollup;
  rollup.series = series;
  rollup.from = Epoch();
  rollup.at = Epoch() + seconds(59);
  rollup.samples = 60;
  std::array<std::optional<Span>, kPhaseCount> phases;
  for (int i = 0; i < 60; ++i) {
    rollup.tally.Add(Status::kPass, Reason::kNone, milliseconds(100), phases);
    rollup.exponential.Add(Status::kPass, Reason::kNone, milliseconds(100), phases);
  }
  backlog_.AddRollup(std::move(rollup));
  const auto metrics = Deliver(backlog_.items());
  EXPECT_EQ(samples_, 60U);
  EXPECT_EQ(std::get<std::int64_t>(SumPoints(metrics).back().value), 60);
  EXPECT_EQ(SumPoints(metrics).back().at, Epoch() + seconds(59));
  EXPECT_EQ(Durations(metrics).back().count, 60U);
  EXPECT_EQ(Find(metrics, "gaikei.success"), nullptr);
}

TEST_F(OtlpMetrics, TellsDifferencesWithDeltaTemporality) {
  spec_.otlp.temporality = OtlpSpec::Temporality::kDelta;
  const auto series = backlog_.Series("home");
  backlog_.Add(series, seconds(1));
  backlog_.Add(series, seconds(2));
  auto metrics = Deliver(backlog_.items());
  backlog_.Add(series, seconds(20), Reason::kReset);
  EXPECT_EQ(std::get<Sum>(Find(metrics, "gaikei.outcomes")->data).temporality, Temporality::kDelta);
  ASSERT_EQ(SumPoints(metrics).size(), 1U);
  EXPECT_EQ(std::get<std::int64_t>(SumPoints(metrics)[0].value), 2);
  EXPECT_EQ(Durations(metrics)[0].count, 2U);
  // Given up or discarded, it is told again; settled, it is not.
  Deliver(backlog_.ItemsFrom(2), false);
  metrics = Deliver(backlog_.ItemsFrom(2));
  ASSERT_EQ(SumPoints(metrics).size(), 1U);
  EXPECT_EQ(std::get<std::int64_t>(SumPoints(metrics)[0].value), 1);
  EXPECT_EQ(AttributesOf(SumPoints(metrics)[0])["error.type"], "reset");
  EXPECT_EQ(SumPoints(metrics)[0].start, Epoch() + seconds(2));
  EXPECT_EQ(SumPoints(metrics)[0].at, Epoch() + seconds(20));
  EXPECT_EQ(Durations(metrics)[0].count, 1U);
  EXPECT_EQ(Durations(metrics)[0].start, Epoch() + seconds(2));
}

TEST_F(OtlpMetrics, CallsAttributesAsTheMappingWants) {
  spec_.mapping.rename = {{"gaikei.check", "check"}, {"team", ""}, {"url.full", ""}};
  spec_.mapping.add = {{"env", "prod"}, {"server.port", "none"}};
  backlog_.Add(backlog_.Series("home"), seconds(1));
  const auto all = AttributesOf(SumPoints(Deliver(backlog_.items())).back());
  EXPECT_EQ(all, (std::map<std::string, std::string>{{"check", "home"},
                                                     {"gaikei.region", "tokyo"},
                                                     {"gaikei.kind", "http"},
                                                     {"gaikei.status", "pass"},
                                                     {"env", "prod"},
                                                     {"server.address", "home.example"},
                                                     {"server.port", "none"},
                                                     {"network.protocol.name", "http"}}));
}

TEST_F(OtlpMetrics, KeepsKeysUniqueWhateverTheLabelsAreCalled) {
  auto identity = std::make_shared<CheckIdentity>();
  identity->name = "home";
  identity->kind = "http";
  identity->target = "https://home.example/";
  identity->labels = {{"error.type", "mine"},
                      {"gaikei.check", "mine"},
                      {"gaikei.phase", "mine"},
                      {"gaikei.status", "mine"},
                      {"server.address", "mine"}};
  auto series = std::make_shared<SampleSeries>();
  series->id = 7;
  series->check = identity;
  series->region = "tokyo";
  backlog_.Add(series, seconds(1), Reason::kReset);
  const auto metrics = Deliver(backlog_.items());
  auto all = AttributesOf(SumPoints(metrics).back());
  EXPECT_EQ(all["error.type"], "reset");
  EXPECT_EQ(all["gaikei.check"], "home");
  EXPECT_EQ(all["gaikei.status"], "fail");
  EXPECT_EQ(all["server.address"], "mine");
  EXPECT_EQ(AttributesOf(Durations(metrics, "gaikei.phase.duration").back())["gaikei.phase"],
            "connect");
}

TEST_F(OtlpMetrics, AddsUpWhatTheMappingNoLongerTellsApart) {
  spec_.mapping.rename = {{"error.type", ""}, {"gaikei.phase", ""}};
  const auto series = backlog_.Series("home");
  backlog_.Add(series, seconds(1), Reason::kReset);
  backlog_.Add(series, seconds(2), Reason::kTruncated);
  const auto metrics = Deliver(backlog_.items());
  ASSERT_EQ(SumPoints(metrics).size(), 2U);
  EXPECT_EQ(std::get<std::int64_t>(SumPoints(metrics)[1].value), 2);
  EXPECT_EQ(Find(metrics, "gaikei.phase.duration"), nullptr);
}

TEST_F(OtlpMetrics, LeavesOutTheFamiliesThatAreDropped) {
  backlog_.Add(backlog_.Series("home"), seconds(1));
  const auto names = [this](std::set<std::string> drop) {
    spec_.mapping.drop = std::move(drop);
    std::set<std::string> found;
    for (const Metric& metric : Deliver(backlog_.items(), false)) found.insert(metric.name);
    return found;
  };
  using Names = std::set<std::string>;
  EXPECT_EQ(names({"phases"}), (Names{"gaikei.outcomes", "gaikei.duration", "gaikei.success"}));
  EXPECT_EQ(names({"histograms"}), (Names{"gaikei.outcomes", "gaikei.success"}));
  EXPECT_EQ(names({"latest"}),
            (Names{"gaikei.outcomes", "gaikei.duration", "gaikei.phase.duration"}));
}

TEST_F(OtlpMetrics, NoPointHasTheTimeZero) {
  const auto series = backlog_.Series("home");
  backlog_.Add(series, seconds(1));
  backlog_.Depart(series, seconds(2));
  for (const Metric& metric : Deliver(backlog_.items())) {
    std::visit(
        [](const auto& data) {
          for (const auto& point : data.points) EXPECT_NE(point.at, WallTime{});
        },
        metric.data);
  }
}

}  // namespace
}  // namespace gaikei::otlp
