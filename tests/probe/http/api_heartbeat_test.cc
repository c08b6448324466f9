#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "probe/http/api.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using testing::Not;

/// An API whose heartbeats answer as they are told, and remember what was asked of them.
class HeartbeatEndpoint : public testing::Test {
 protected:
  struct Asked {
    std::string name;
    std::string token;
    HeartbeatReport report;
  };

  HttpResponse Ask(const std::string& method, const std::string& path,
                   const std::string& authorization = "", const std::string& body = "") {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.authorization = authorization;
    request.body = body;
    return api_.Handle(request);
  }
  HttpResponse Post(const std::string& path, const std::string& authorization = "",
                    const std::string& body = "") {
    return Ask("POST", path, authorization, body);
  }

  ReportAnswer answer_ = ReportAnswer::kTaken;
  std::vector<Asked> asked_;
  std::vector<HeartbeatState> states_;
  std::unique_ptr<Recorder> recorder_ = std::move(*Recorder::Open({}));
  MetricStore metrics_;
  Api api_{*recorder_, metrics_,
           Api::Hooks{[] { return std::string(); }, [] { return true; }, [] {},
                      [this](std::string_view name, std::string_view token,
                             const HeartbeatReport& report) {
                        asked_.push_back({std::string(name), std::string(token), report});
                        return answer_;
                      },
                      [this] { return states_; }}};
};

TEST_F(HeartbeatEndpoint, HandsReportsOn) {
  const HttpResponse response =
      Post("/heartbeat/nightly", "Bearer open sesame", R"({"status":"fail","duration":2})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body, "{\"ok\":true}\n");
  ASSERT_EQ(asked_.size(), 1U);
  EXPECT_EQ(asked_[0].name, "nightly");
  EXPECT_EQ(asked_[0].token, "open sesame");
  EXPECT_FALSE(asked_[0].report.is_ok);
  EXPECT_EQ(asked_[0].report.duration, 2s);
}

TEST_F(HeartbeatEndpoint, SaysWhatBecameOfAReport) {
  answer_ = ReportAnswer::kRefused;
  const HttpResponse refused = Post("/heartbeat/nightly");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.body, "{\"error\":\"no such heartbeat, or the token is not the right one\"}\n");
  answer_ = ReportAnswer::kUnknown;
  EXPECT_EQ(Post("/heartbeat/nightly").status, 404);
}

TEST_F(HeartbeatEndpoint, RefusesABadReportWithoutLookingAtItsName) {
  EXPECT_EQ(Post("/heartbeat/nightly", "", "status=maybe").status, 400);
  EXPECT_EQ(Post("/heartbeat/none", "", "status=maybe").status, 400);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(HeartbeatEndpoint, ChangesNothingByAnotherMethod) {
  for (const std::string method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}) {
    const HttpResponse response = Ask(method, "/heartbeat/nightly");
    EXPECT_EQ(response.status, 405) << method;
    EXPECT_EQ(response.allow, "POST") << method;
  }
  EXPECT_EQ(Ask("POST", "/metrics").allow, "GET, HEAD");
  EXPECT_TRUE(asked_.empty());
}

TEST_F(HeartbeatEndpoint, TakesOneSegmentForTheName) {
  for (const std::string path : {"/heartbeat", "/heartbeat/", "/heartbeat/a/b", "/heartbeats/a",
                                 "/Heartbeat/a", "//heartbeat/a"}) {
    EXPECT_EQ(Post(path).status, 404) << path;
  }
  EXPECT_TRUE(asked_.empty());
}

TEST_F(HeartbeatEndpoint, IsListedAmongTheChecks) {
  HeartbeatState state;
  state.identity = std::make_shared<const CheckIdentity>(
      CheckIdentity{"backup", "heartbeat", "heartbeat:nightly", {{"team", "data"}}});
  state.region = "tokyo";
  state.every = 24h;
  state.grace = 2h;
  state.late_at = *ParseRfc3339("2026-11-24T02:00:00Z");
  states_ = {state};
  auto listed = nlohmann::json::parse(Ask("GET", "/api/v1/checks").body)["checks"][0];
  EXPECT_EQ(listed["check"], "backup");
  EXPECT_EQ(listed["kind"], "heartbeat");
  EXPECT_EQ(listed["region"], "tokyo");
  EXPECT_EQ(listed["target"], "heartbeat:nightly");
  EXPECT_EQ(listed["labels"]["team"], "data");
  EXPECT_EQ(listed["every"], 86400.0);
  EXPECT_EQ(listed["grace"], 7200.0);
  EXPECT_EQ(listed["late_at"], "2026-11-24T02:00:00.000000Z");
  for (const std::string absent : {"last_at", "next_at", "timeout", "phase"}) {
    EXPECT_FALSE(listed.contains(absent)) << absent;
  }
  states_[0].last_at = *ParseRfc3339("2026-11-23T00:00:00Z");
  listed = nlohmann::json::parse(Ask("GET", "/api/v1/checks").body)["checks"][0];
  EXPECT_EQ(listed["last_at"], "2026-11-23T00:00:00.000000Z");
}

}  // namespace
}  // namespace gaikei
