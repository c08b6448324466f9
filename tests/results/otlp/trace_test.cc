#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "../samples.h"
#include "otlp_rig.h"
#include "results/upstream/otlp/ids.h"
#include "results/upstream/otlp/outcome_trace.h"

namespace gaikei::otlp {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr const char* kTraceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

Sample SampleOf(const Outcome& outcome, bool with_json = true) {
  auto series = std::make_shared<SampleSeries>();
  series->id = 1;
  series->check = outcome.check;
  series->region = outcome.region;
  return Sample::Of(outcome, std::move(series), with_json);
}

std::vector<TraceSpan> SpansOf(const Outcome& outcome, bool with_json = true) {
  return TraceOf(SampleOf(outcome, with_json), {});
}

const TraceSpan* Named(const std::vector<TraceSpan>& spans, const std::string& name) {
  for (const TraceSpan& span : spans) {
    if (span.name == name) return &span;
  }
  return nullptr;
}

std::string TextOf(const TraceSpan& span, const std::string& key) {
  for (const Attribute& attribute : span.attributes) {
    if (attribute.key == key) return std::get<std::string>(attribute.value);
  }
  return "";
}

TEST(OtlpTrace, IsACheckWithItsPhasesOneAfterAnother) {
  const auto spans = SpansOf(testing::PassedOutcome());
  ASSERT_EQ(spans.size(), 6U);
  const TraceSpan& root = spans[0];
  EXPECT_EQ(root.name, "check home");
  EXPECT_EQ(root.kind, SpanKind::kClient);
  EXPECT_TRUE(root.parent_span_id.empty());
  EXPECT_EQ(root.start, testing::SampleTime() + microseconds(213));
  EXPECT_EQ(root.end, root.start + microseconds(30500));
  EXPECT_FALSE(root.has_failed);
  EXPECT_EQ(TextOf(root, "gaikei.check"), "home");
  EXPECT_EQ(TextOf(root, "gaikei.region"), "tokyo");
  EXPECT_EQ(TextOf(root, "user_agent.synthetic.type"), "test");
  EXPECT_EQ(TextOf(root, "tls.protocol.version"), "1.3");
  EXPECT_EQ(TextOf(root, "network.protocol.version"), "2");
  WallTime at = root.start;
  const std::pair<const char*, Span> phases[] = {{"resolve", milliseconds(2)},
                                                 {"connect", milliseconds(3)},
                                                 {"tls", milliseconds(5)},
                                                 {"processing", milliseconds(20)},
                                                 {"transfer", microseconds(400)}};
  for (std::size_t i = 0; i < std::size(phases); ++i) {
    const TraceSpan& span = spans[i + 1];
    EXPECT_EQ(span.name, phases[i].first);
    EXPECT_EQ(span.parent_span_id, root.span_id);
    EXPECT_EQ(span.trace_id, root.trace_id);
    EXPECT_EQ(span.start, at);
    EXPECT_EQ(span.end, at + phases[i].second);
    at = span.end;
  }
}

TEST(OtlpTrace, SaysWhatFailedAndWhere) {
  const auto spans = SpansOf(testing::TimedOutOutcome());
  ASSERT_EQ(spans.size(), 3U);
  EXPECT_TRUE(spans[0].has_failed);
  EXPECT_EQ(spans[0].message, "connect to 192.0.2.1:443: timed out");
  EXPECT_EQ(TextOf(spans[0], "error.type"), "connect_timeout");
  EXPECT_FALSE(Named(spans, "resolve")->has_failed);
  EXPECT_TRUE(Named(spans, "connect")->has_failed);
  EXPECT_EQ(TextOf(*Named(spans, "connect"), "error.type"), "connect_timeout");
}

TEST(OtlpTrace, IsAJourneyWithItsStepsAndTheirPhases) {
  const Outcome outcome = testing::JourneyOutcome();
  const auto spans = SpansOf(outcome);
  const TraceSpan& root = spans[0];
  EXPECT_EQ(root.name, "journey " + outcome.check->name);
  EXPECT_EQ(root.kind, SpanKind::kInternal);
  std::size_t steps = 0;
  WallTime at = root.start;
  for (const Observation& step : outcome.steps) {
    const TraceSpan* span = Named(spans, "step " + step.step);
    if (!step.skipped.empty()) {
      EXPECT_EQ(span, nullptr);
      continue;
    }
    ++steps;
    ASSERT_NE(span, nullptr) << step.step;
    EXPECT_EQ(span->parent_span_id, root.span_id);
    EXPECT_EQ(span->start, at);
    EXPECT_EQ(span->end, at + step.duration);
    EXPECT_EQ(span->has_failed, step.status == Status::kFail);
    EXPECT_EQ(TextOf(*span, "url.full"), step.target);
    at = span->end;
    std::size_t phases = 0;
    for (const auto& spent : step.phases.spent) phases += spent ? 1 : 0;
    std::size_t children = 0;
    for (const TraceSpan& child : spans) children += child.parent_span_id == span->span_id ? 1 : 0;
    EXPECT_EQ(children, phases);
  }
  EXPECT_EQ(steps, 2U);
}

TEST(OtlpTrace, IsTheOneThatTheTargetWasTold) {
  Outcome outcome = testing::PassedOutcome();
  outcome.http->traceparent = kTraceparent;
  const auto spans = SpansOf(outcome);
  EXPECT_EQ(spans[0].trace_id, TraceIdOfHex("0af7651916cd43dd8448eb211c80319c"));
  EXPECT_EQ(spans[0].span_id, SpanIdOfHex("b7ad6b7169203331"));
  EXPECT_EQ(spans[1].trace_id, spans[0].trace_id);

  Outcome journey = testing::JourneyOutcome();
  journey.steps[0].http.emplace();
  journey.steps[0].http->traceparent = kTraceparent;
  const auto run = SpansOf(journey);
  EXPECT_EQ(run[0].trace_id, spans[0].trace_id);
  EXPECT_NE(run[0].span_id, spans[0].span_id);
  EXPECT_EQ(Named(run, "step " + journey.steps[0].step)->span_id, spans[0].span_id);
}

TEST(OtlpTrace, HasTheSameIdsWheneverItIsToldAndNoOthersHaveThem) {
  const Outcome outcome = testing::JourneyOutcome();
  std::set<std::string> ids;
  const auto first = SpansOf(outcome);
  const auto second = SpansOf(outcome);
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].trace_id.size(), 16U);
    EXPECT_EQ(first[i].span_id.size(), 8U);
    EXPECT_EQ(first[i].trace_id, second[i].trace_id);
    EXPECT_EQ(first[i].span_id, second[i].span_id);
    EXPECT_TRUE(ids.insert(first[i].span_id).second);
  }
  Outcome later = testing::JourneyOutcome();
  later.scheduled_at += Span(1);
  Outcome elsewhere = testing::JourneyOutcome();
  elsewhere.region = "virginia";
  for (const Outcome& other : {later, elsewhere}) {
    EXPECT_NE(SpansOf(other)[0].trace_id, first[0].trace_id);
  }
}

TEST(OtlpTrace, OfASlotThatNeverStartedLastsNoTime) {
  const auto spans = SpansOf(testing::SkippedOutcome());
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans[0].start, testing::SampleTime());
  EXPECT_EQ(spans[0].end, testing::SampleTime());
  EXPECT_TRUE(spans[0].has_failed);
}

TEST(OtlpTrace, IsItsRootAloneWithoutDetail) {
  const auto whole = SpansOf(testing::PassedOutcome());
  const auto folded = SpansOf(testing::PassedOutcome(), false);
  ASSERT_EQ(folded.size(), 1U);
  EXPECT_EQ(folded[0].span_id, whole[0].span_id);
  EXPECT_EQ(folded[0].end, whole[0].end);
  for (const std::string& json :
       {std::string("{"), std::string("[]"), std::string("null"), std::string(100000, '['),
        std::string(R"({"phases":7,"steps":"x","http":[],"tls":3})"),
        std::string(
            R"({"phases":{"connect":"x"},"steps":[1,null,{"name":3,"duration":-1e300}]})")}) {
    Sample sample = SampleOf(testing::PassedOutcome());
    sample.json = json;
    EXPECT_FALSE(TraceOf(sample, {}).empty()) << json.substr(0, 80);
  }
}

TEST(OtlpTrace, CallsAttributesAsTheMappingWants) {
  LabelMapping mapping;
  mapping.rename = {{"gaikei.check", "check"}, {"tls.cipher", ""}};
  const auto spans = TraceOf(SampleOf(testing::PassedOutcome()), mapping);
  EXPECT_EQ(TextOf(spans[0], "check"), "home");
  EXPECT_EQ(TextOf(spans[0], "gaikei.check"), "");
  EXPECT_EQ(TextOf(spans[0], "tls.cipher"), "");
}

TEST(OtlpIds, ReadTraceparents) {
  ASSERT_TRUE(ParseTraceparent(kTraceparent));
  for (const char* text : {"", "00-", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                           "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                           "00-0af7651916cd43dd8448eb211c80319x-b7ad6b7169203331-01"}) {
    EXPECT_FALSE(ParseTraceparent(text)) << text;
  }
}

}  // namespace
}  // namespace gaikei::otlp
