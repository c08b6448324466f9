#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "../samples.h"
#include "otlp_rig.h"

namespace gaikei::otlp {
namespace {

using Json = nlohmann::json;

/// Logs as they go out, in JSON.
class OtlpLogs : public ::testing::Test {
 protected:
  OtlpLogs() { spec_.otlp.protocol = OtlpSpec::Protocol::kHttpJson; }

  Json Records() {
    sink_ = MakeOtlpLogsSink(spec_, sender_, transport_);
    limits_.now = testing::Epoch();
    taken_ = sink_->Prepare(backlog_.items(), limits_);
    sink_->Send([this](Verdict verdict) { verdict_ = std::move(verdict); });
    if (!transport_.IsBusy()) return nullptr;
    return Json::parse(transport_.request().body)["resourceLogs"][0]["scopeLogs"][0]["logRecords"];
  }

  static Json Value(const Json& record, const std::string& key) {
    for (const Json& attribute : record["attributes"]) {
      if (attribute["key"] == key) return attribute["value"].begin().value();
    }
    return nullptr;
  }

  UpstreamSpec spec_ = testing::OtlpUpstream();
  const SenderIdentity sender_ = testing::Sender();
  testing::FakeTransport transport_;
  testing::Backlog backlog_;
  Sink::Limits limits_;
  std::unique_ptr<Sink> sink_;
  std::size_t taken_ = 0;
  std::optional<Verdict> verdict_;
};

TEST_F(OtlpLogs, TellsEachOutcomeAsAnEvent) {
  backlog_.AddOutcome(testing::TimedOutOutcome(), true);
  backlog_.AddOutcome(testing::PassedOutcome(), true);
  const Json records = Records();
  EXPECT_EQ(transport_.request().url, "https://otlp.example:4318/v1/logs");
  ASSERT_EQ(records.size(), 2U);
  const Json& failed = records[0];
  EXPECT_EQ(failed["eventName"], "gaikei.outcome");
  EXPECT_EQ(failed["severityNumber"], 17);
  EXPECT_EQ(failed["severityText"], "ERROR");
  // Started 213 us after 03:48:00, over after 10 s.
  EXPECT_EQ(failed["timeUnixNano"], "1795405690000213000");
  EXPECT_EQ(failed["observedTimeUnixNano"], "1795405680000000000");
  EXPECT_EQ(Value(failed, "gaikei.check"), "home");
  EXPECT_EQ(Value(failed, "gaikei.status"), "fail");
  EXPECT_EQ(Value(failed, "error.type"), "connect_timeout");
  EXPECT_EQ(Value(failed, "gaikei.phase"), "connect");
  EXPECT_EQ(Value(failed, "gaikei.blame"), "target");
  EXPECT_EQ(Value(failed, "gaikei.scheduled_at"), "2026-11-23T03:48:00.000000Z");
  EXPECT_EQ(Value(failed, "network.peer.address"), "192.0.2.1");
  EXPECT_EQ(Value(failed, "network.peer.port"), "443");
  EXPECT_EQ(Value(failed, "team"), "web");
  const Json body = Json::parse(failed["body"]["stringValue"].get<std::string>());
  EXPECT_EQ(body["schema"], "gaikei.outcome/1");
  EXPECT_EQ(body["reason"], "connect_timeout");
  EXPECT_EQ(records[1]["severityNumber"], 9);
  EXPECT_EQ(Value(records[1], "http.response.status_code"), "200");
  EXPECT_EQ(Value(records[1], "error.type"), nullptr);
}

TEST_F(OtlpLogs, GivesEachStatusItsSeverity) {
  backlog_.AddOutcome(testing::WarnedOutcome(), true);
  backlog_.AddOutcome(testing::SkippedOutcome(), true);
  const Json records = Records();
  EXPECT_EQ(records[0]["severityText"], "WARN");
  EXPECT_EQ(records[1]["severityText"], "WARN");
  EXPECT_EQ(Value(records[1], "gaikei.status"), "unknown");
}

TEST_F(OtlpLogs, FallsBackToTheMessageWhereDetailWasFoldedAway) {
  backlog_.AddOutcome(testing::TimedOutOutcome(), false);
  backlog_.AddOutcome(testing::PassedOutcome(), false);
  const Json records = Records();
  EXPECT_EQ(records[0]["body"]["stringValue"], "connect to 192.0.2.1:443: timed out");
  EXPECT_EQ(records[1]["body"]["stringValue"], "pass");
}

TEST_F(OtlpLogs, NamesTheTraceThatWasSent) {
  Outcome outcome = testing::PassedOutcome();
  outcome.http->traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  backlog_.AddOutcome(outcome, true);
  EXPECT_EQ(Records()[0]["traceId"], "0af7651916cd43dd8448eb211c80319c");
}

TEST_F(OtlpLogs, CountsFoldedSamplesAsRejectedAndDeparturesNotAtAll) {
  Rollup rollup;
  rollup.series = backlog_.Series("home");
  rollup.samples = 60;
  backlog_.AddRollup(rollup);
  backlog_.Depart(rollup.series, Span(0));
  EXPECT_EQ(Records(), nullptr);
  EXPECT_EQ(taken_, 2U);
  ASSERT_TRUE(verdict_);
  EXPECT_EQ(verdict_->kind, Verdict::Kind::kTaken);
  EXPECT_EQ(verdict_->rejected, 60U);
  backlog_.AddOutcome(testing::PassedOutcome(), true);
  EXPECT_EQ(Records().size(), 1U);
  transport_.Answer(testing::HttpAnswer(200, "application/json",
                                        R"({"partialSuccess":{"rejectedLogRecords":"1"}})"));
  EXPECT_EQ(verdict_->rejected, 61U);
}

TEST_F(OtlpLogs, KeepsToTheSizeOfADelivery) {
  for (int i = 0; i < 500; ++i) backlog_.AddOutcome(testing::PassedOutcome(), true);
  limits_.bytes = 100'000;
  const Json records = Records();
  EXPECT_EQ(records.size(), taken_);
  EXPECT_LT(taken_, 500U);
  EXPECT_GT(transport_.request().body.size(), 50'000U);
  EXPECT_LT(transport_.request().body.size(), 150'000U);
}

}  // namespace
}  // namespace gaikei::otlp
