// What Prometheus and VictoriaMetrics themselves make of what is sent to them.

#include "real_receiver.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <chrono>
#include <cmath>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <set>

#include "../samples.h"
#include "results/upstream/remote_write/request_writer.h"
#include "rig.h"

namespace gaikei::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = Verdict::Kind;
using ConfiguredVersion = RemoteWriteSpec::Version;

constexpr const char* kAll = R"({job="gaikei"})";

/// A rig that sends to a real server, with times that are not long ago.
class RealRig {
 public:
  explicit RealRig(RealReceiver receiver) : server(std::move(receiver)) {
    rig.spec.transport.url = server.Url();
    rig.spec.remote_write.version = ConfiguredVersion::kAuto;
    rig.transport.answer = [this](const PostRequest& request) {
      last_answer = server.Post(request);
      return last_answer;
    };
    rig.Restart();
  }

  WallTime When(Span after) const { return begin_ + after; }
  std::int64_t Millis(Span after) const { return remote_write::Millis(When(after)); }
  SpoolItem Sampled(const Outcome& outcome, Span after) {
    return rig.make.Sampled(outcome, When(after));
  }
  Verdict Deliver(const Outcome& outcome, Span after) {
    return rig.Deliver(Sampled(outcome, after));
  }

  RealReceiver server;
  Rig rig;
  PostResponse last_answer;

 private:
  const WallTime begin_ = std::chrono::floor<seconds>(WallNow()) - minutes(30) + milliseconds(123);
};

/// The points of requests, but for stale markers, as a server shows them.
std::map<std::string, RealReceiver::Points> PointsOf(const std::vector<PostRequest>& requests) {
  std::map<std::string, RealReceiver::Points> all;
  for (const PostRequest& request : requests) {
    if (request.headers[0].second.Reveal() != "application/x-protobuf") continue;
    for (const auto& [key, series] : Decoded(request)) {
      for (const DecodedPoint& point : series.points) {
        if (!point.IsStale()) all[key].emplace_back(point.at, point.value);
      }
    }
  }
  return all;
}

void ExpectSame(const std::map<std::string, RealReceiver::Points>& sent,
                const std::map<std::string, RealReceiver::Points>& stored) {
  ASSERT_GT(sent.size(), 100U);
  EXPECT_EQ(sent.size(), stored.size());
  for (const auto& [key, points] : sent) {
    const auto found = stored.find(key);
    if (found == stored.end()) {
      ADD_FAILURE() << key << " is not there";
      continue;
    }
    ASSERT_EQ(found->second.size(), points.size()) << key;
    for (std::size_t i = 0; i < points.size(); ++i) {
      EXPECT_EQ(found->second[i].first, points[i].first) << key;
      EXPECT_EQ(std::bit_cast<std::uint64_t>(found->second[i].second),
                std::bit_cast<std::uint64_t>(points[i].second))
          << key << ": " << found->second[i].second << " for " << points[i].second;
    }
  }
}

/// Outcomes of durations that are no round numbers.
Outcome Odd(Outcome outcome, std::int64_t nanoseconds) {
  outcome.duration += Span(nanoseconds);
  for (auto& phase : outcome.phases.spent) {
    if (phase) *phase += Span(nanoseconds / 7);
  }
  return outcome;
}

void ShowsWhatWasSent(RealReceiver receiver) {
  RealRig real(std::move(receiver));
  EXPECT_EQ(real.Deliver(Odd(PassedOutcome(), 123'457), seconds(0)).kind, Kind::kTaken)
      << real.last_answer.body;
  // It did not know 2.0, and was asked once.
  EXPECT_EQ(real.rig.transport.requests.size(), 2U);
  EXPECT_EQ(real.Deliver(Odd(PassedOutcome("other"), 7'919), seconds(1)).kind, Kind::kTaken);
  EXPECT_EQ(real.Deliver(Odd(TimedOutOutcome(), 1), seconds(30)).kind, Kind::kTaken);
  EXPECT_EQ(real.Deliver(Odd(PassedOutcome(), 1'000'003), seconds(60)).kind, Kind::kTaken);
  EXPECT_EQ(real.rig.transport.requests.size(), 5U);
  ExpectSame(PointsOf(real.rig.transport.requests),
             real.server.Samples(kAll, real.Millis(seconds(60))));
}

TEST(RealReceivers, PrometheusShowsWhatWasSent) { ShowsWhatWasSent(RealReceiver::Prometheus()); }

TEST(RealReceivers, VictoriaMetricsShowsWhatWasSent) {
  ShowsWhatWasSent(RealReceiver::VictoriaMetrics());
}

void LosesNoFirstCount(RealReceiver receiver) {
  RealRig real(std::move(receiver));
  real.Deliver(PassedOutcome(), seconds(0));
  real.Deliver(TimedOutOutcome(), seconds(30));
  const auto increase = [&](const std::string& expression, Span after) {
    const auto values = real.server.Query("sum(" + expression + ")", real.Millis(after));
    return values.empty() ? NAN : values.begin()->second;
  };
  EXPECT_EQ(increase("increase(gaikei_outcomes_total{status=\"pass\"}[1m])", seconds(0)), 1);
  EXPECT_EQ(increase("increase(gaikei_outcomes_total{status=\"fail\"}[1m])", seconds(30)), 1);
  EXPECT_EQ(increase("increase(gaikei_duration_seconds_count[1m])", seconds(30)), 2);
  EXPECT_EQ(increase("increase(gaikei_duration_seconds_bucket{le=\"0.05\"}[1m])", seconds(30)), 1);
  EXPECT_EQ(
      increase("increase(gaikei_phase_duration_seconds_count{phase=\"tls\"}[1m])", seconds(30)), 1);
}

TEST(RealReceivers, PrometheusLosesNoFirstCount) { LosesNoFirstCount(RealReceiver::Prometheus()); }

TEST(RealReceivers, VictoriaMetricsLosesNoFirstCount) {
  LosesNoFirstCount(RealReceiver::VictoriaMetrics());
}

void EndsWhatEnds(RealReceiver receiver) {
  RealRig real(std::move(receiver));
  const auto now = [&](const std::string& selector, Span after) {
    return real.server.Query(selector, real.Millis(after)).size();
  };
  real.Deliver(PassedOutcome(), seconds(0));
  real.Deliver(PassedOutcome("other"), seconds(0));
  EXPECT_EQ(now("probe_http_status_code{check=\"home\"}", seconds(29)), 1U);
  EXPECT_EQ(now("probe_http_duration_seconds{check=\"home\"}", seconds(29)), 5U);
  real.Deliver(TimedOutOutcome(), seconds(30));
  EXPECT_EQ(now("probe_http_status_code{check=\"home\"}", seconds(30)), 0U);
  EXPECT_EQ(now("probe_http_duration_seconds{check=\"home\"}", seconds(30)), 2U);
  EXPECT_EQ(now("probe_success{check=\"home\"}", seconds(30)), 1U);
  EXPECT_EQ(now("probe_http_status_code{check=\"other\"}", seconds(30)), 1U);
  const std::size_t of_home = now(R"({job="gaikei",check="home"})", seconds(30));
  EXPECT_GT(of_home, 100U);
  real.rig.Deliver(real.rig.make.Departed("home", real.When(seconds(40))));
  EXPECT_EQ(now(R"({job="gaikei",check="home"})", seconds(39)), of_home);
  EXPECT_EQ(now(R"({job="gaikei",check="home"})", seconds(41)), 0U);
  EXPECT_GT(now(R"({job="gaikei",check="other"})", seconds(41)), 100U);
  // It comes back.
  real.Deliver(PassedOutcome(), seconds(60));
  EXPECT_EQ(now("gaikei_outcomes_total{check=\"home\"}", seconds(60)), 1U);
}

TEST(RealReceivers, PrometheusEndsWhatEnds) { EndsWhatEnds(RealReceiver::Prometheus()); }

TEST(RealReceivers, VictoriaMetricsEndsWhatEnds) { EndsWhatEnds(RealReceiver::VictoriaMetrics()); }

/// A cron container with no disk: every run begins to count at zero, and says so.
void CountsRunsWithoutAMemory(RealReceiver receiver) {
  RealRig real(std::move(receiver));
  real.rig.sender.is_ephemeral = true;
  for (int run = 0; run < 4; ++run) {
    real.rig.states.states.clear();
    real.rig.Restart();
    const Outcome outcome = run == 2 ? TimedOutOutcome() : PassedOutcome();
    EXPECT_EQ(real.Deliver(outcome, seconds(60 * run)).kind, Kind::kTaken);
  }
  const auto increase = [&](const std::string& expression, Span at) {
    const auto values =
        real.server.Query("sum(increase(" + expression + "[10m]))", real.Millis(at));
    return values.empty() ? NAN : values.begin()->second;
  };
  EXPECT_EQ(increase("gaikei_outcomes_total{status=\"pass\"}", seconds(180)), 3);
  EXPECT_EQ(increase("gaikei_outcomes_total{status=\"fail\"}", seconds(120)), 1);
  EXPECT_EQ(increase("gaikei_duration_seconds_count", seconds(180)), 4);
}

TEST(RealReceivers, PrometheusCountsRunsWithoutAMemory) {
  CountsRunsWithoutAMemory(RealReceiver::Prometheus());
}

TEST(RealReceivers, VictoriaMetricsCountsRunsWithoutAMemory) {
  CountsRunsWithoutAMemory(RealReceiver::VictoriaMetrics());
}

TEST(RealReceivers, PrometheusRefusesWhatItHasAndThatCountsAsDelivered) {
  RealRig real(RealReceiver::Prometheus());
  real.Deliver(PassedOutcome(), seconds(0));
  const auto first = ItemsOf(real.Sampled(PassedOutcome("a"), seconds(10)),
                             real.Sampled(PassedOutcome("b"), seconds(10)));
  const auto before = real.rig.states.states;
  EXPECT_EQ(real.rig.Deliver(first).kind, Kind::kTaken);
  const auto stored = real.server.Samples(kAll, real.Millis(seconds(60)));

  // The answer was lost, and nothing was kept of it: the lane bisects.
  real.rig.states.states = before;
  real.rig.Restart();
  EXPECT_EQ(real.rig.Deliver(first).kind, Kind::kRefused);
  EXPECT_EQ(real.last_answer.status, 400);
  EXPECT_THAT(real.last_answer.body, HasSubstr("out of order sample"));
  for (const SpoolItem& item : first) {
    const Verdict verdict = real.rig.Deliver(item);
    EXPECT_EQ(verdict.kind, Kind::kTaken);
    EXPECT_EQ(verdict.duplicates, 1U);
    EXPECT_EQ(verdict.message, "HTTP 400: out of order sample");
  }
  EXPECT_EQ(real.server.Samples(kAll, real.Millis(seconds(60))), stored);
  // It goes on from there.
  EXPECT_EQ(real.Deliver(PassedOutcome("a"), seconds(40)).kind, Kind::kTaken);
  EXPECT_EQ(
      real.server
          .Query("sum(increase(gaikei_outcomes_total{check=\"a\"}[1m]))", real.Millis(seconds(40)))
          .begin()
          ->second,
      2);

  // The same stamps and values again, without zeros, are no trouble for it.
  const auto known = ItemsOf(real.Sampled(PassedOutcome("a"), seconds(70)),
                             real.Sampled(PassedOutcome("b"), seconds(70)));
  const auto kept = real.rig.states.states;
  EXPECT_EQ(real.rig.Deliver(known).kind, Kind::kTaken);
  real.rig.states.states = kept;
  real.rig.Restart();
  EXPECT_EQ(real.rig.Deliver(known).kind, Kind::kTaken);

  // Another value at the same time.
  real.rig.states.states = kept;
  real.rig.Restart();
  const Verdict other = real.Deliver(TimedOutOutcome(), seconds(0));
  EXPECT_EQ(other.kind, Kind::kTaken);
  EXPECT_EQ(other.duplicates, 0U);  // its counters put it a millisecond later
}

TEST(RealReceivers, PrometheusSaysWhatIsTooOld) {
  RealRig real(RealReceiver::Prometheus());
  real.Deliver(PassedOutcome("live"), minutes(25));
  const SpoolItem old = real.Sampled(PassedOutcome(), -minutes(120));
  const Verdict verdict = real.rig.Deliver(old, true);
  EXPECT_EQ(verdict.kind, Kind::kRefused) << verdict.message;
  EXPECT_EQ(verdict.message, "HTTP 400: out of bounds");
  // Counts come with the next one.
  EXPECT_EQ(real.Deliver(PassedOutcome(), minutes(26)).kind, Kind::kTaken);
  EXPECT_EQ(real.server
                .Query("sum(increase(gaikei_outcomes_total{check=\"home\"}[10m]))",
                       real.Millis(minutes(26)))
                .begin()
                ->second,
            2);
}

/// A request of 2.0 as one of Prometheus' own 1.0, which has the same native histograms: 2.42 knows
/// them, and not yet 2.0.
PostRequest AsPrompb(const PostRequest& two) {
  const std::string bytes = Uncompressed(two.body);
  std::vector<std::string> symbols;
  std::string out;
  protozero::pbf_writer request(out);
  protozero::pbf_reader reader(bytes);
  while (reader.next()) {
    if (reader.tag() == 4) {
      symbols.push_back(reader.get_string());
      continue;
    }
    protozero::pbf_reader from = reader.get_message();
    protozero::pbf_writer series(request, 1);
    while (from.next()) {
      if (from.tag() == 1) {
        std::vector<std::uint32_t> refs;
        for (const std::uint32_t ref : from.get_packed_uint32()) refs.push_back(ref);
        for (std::size_t i = 0; i < refs.size(); i += 2) {
          protozero::pbf_writer label(series, 1);
          label.add_string(1, symbols.at(refs[i]));
          label.add_string(2, symbols.at(refs[i + 1]));
        }
      } else if (from.tag() == 2) {
        series.add_message(2, from.get_view());
      } else if (from.tag() == 3) {
        series.add_message(4, from.get_view());
      } else {
        from.skip();
      }
    }
  }
  PostRequest one = two;
  one.headers[0].second = Secret("application/x-protobuf", false);
  one.headers.back().second = Secret("0.1.0", false);
  one.body = remote_write::Compressed(out);
  return one;
}

TEST(RealReceivers, PrometheusReadsOurNativeHistograms) {
  RealRig real(RealReceiver::Prometheus());
  real.rig.spec.remote_write.version = ConfiguredVersion::kTwo;
  real.rig.transport.answer = [&real](const PostRequest& request) {
    real.last_answer = real.server.Post(AsPrompb(request));
    return real.last_answer.status == 204 ? Success(request) : real.last_answer;
  };
  real.rig.Restart();
  ExponentialHistogram expected;
  Span at{0};
  for (int i = 0; i < 40; ++i) {
    // From a tenth of a millisecond to minutes, so that the resolution goes down on the way.
    Outcome outcome = PassedOutcome();
    outcome.duration = Span(static_cast<std::int64_t>(1e5 * std::pow(1.45, i)) + i);
    expected.Add(outcome.duration);
    at += seconds(20);
    ASSERT_EQ(real.Deliver(outcome, at).kind, Kind::kTaken) << real.last_answer.body;
  }
  EXPECT_LT(expected.scale, ExponentialHistogram::kFirstScale);
  const auto value = [&](const std::string& expression) {
    const auto values = real.server.Query(expression, real.Millis(at));
    return values.size() == 1 ? values.begin()->second : NAN;
  };
  const std::string duration = "(gaikei_duration_seconds)";
  EXPECT_EQ(value("histogram_count" + duration), 40);
  EXPECT_EQ(value("histogram_sum" + duration), Seconds(expected.sum));
  EXPECT_EQ(value("histogram_count(gaikei_phase_duration_seconds{phase=\"tls\"})"), 40);
  // Each bucket, by the share of values up to its bound.
  std::uint64_t so_far = 0;
  const double base = std::exp2(std::exp2(-expected.scale));
  for (const auto& [bucket, count] : expected.buckets) {
    so_far += count;
    const double bound = std::pow(base, bucket + 1);
    EXPECT_NEAR(value(fmt::format("histogram_fraction(0, {}, gaikei_duration_seconds)", bound)),
                static_cast<double>(so_far) / 40, 1e-9);
  }
  // No decrease of the resolution was taken for a reset: nothing is counted twice or lost.
  EXPECT_EQ(value("resets(gaikei_duration_seconds[30m])"), 0);
  real.rig.Deliver(real.rig.make.Departed("home", real.When(at)));
  EXPECT_THAT(real.server.Query("gaikei_duration_seconds", real.Millis(at + seconds(1))),
              IsEmpty());
}

}  // namespace
}  // namespace gaikei::testing
