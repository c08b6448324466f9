#include "probe/http/heartbeat_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

HttpRequest Posted(const std::map<std::string, std::string>& query, const std::string& body = "") {
  HttpRequest request;
  request.method = "POST";
  request.path = "/heartbeat/nightly";
  request.query = query;
  request.body = body;
  return request;
}

HeartbeatReport Read(const HttpRequest& request) {
  auto report = ParseHeartbeat(request);
  EXPECT_TRUE(report) << report.error();
  return report.value_or(HeartbeatReport());
}

std::string WhyNot(const HttpRequest& request) {
  const auto report = ParseHeartbeat(request);
  return report ? "it was taken" : report.error();
}

TEST(HeartbeatRequest, WithoutAnythingSaysThatTheJobIsDone) {
  const HeartbeatReport report = Read(Posted({}));
  EXPECT_TRUE(report.is_ok);
  EXPECT_FALSE(report.duration);
  EXPECT_EQ(report.message, "");
}

TEST(HeartbeatRequest, MayHaveItAllInTheQuery) {
  const HeartbeatReport report =
      Read(Posted({{"status", "fail"}, {"duration", "12.5s"}, {"message", "disk full"}}));
  EXPECT_FALSE(report.is_ok);
  EXPECT_EQ(report.duration, 12500ms);
  EXPECT_EQ(report.message, "disk full");
  EXPECT_TRUE(Read(Posted({{"status", "ok"}})).is_ok);
}

TEST(HeartbeatRequest, MayHaveItAllInAJsonObject) {
  const HeartbeatReport report =
      Read(Posted({}, " {\"status\":\"fail\",\"duration\":0.25,\"message\":\"a \\u00e9\"}\n"));
  EXPECT_FALSE(report.is_ok);
  EXPECT_EQ(report.duration, 250ms);
  EXPECT_EQ(report.message, "a \u00e9");
  EXPECT_EQ(Read(Posted({}, "{\"duration\":\"2m\"}")).duration, 2min);
  EXPECT_EQ(Read(Posted({}, "{\"duration\":90}")).duration, 90s);
  EXPECT_TRUE(Read(Posted({}, "{}")).is_ok);
}

TEST(HeartbeatRequest, MayHaveItAllInAForm) {
  const HeartbeatReport report =
      Read(Posted({{"status", "fail"}}, "duration=61&message=50%25+of+%22a%26b%22%0a%zz\r\n"));
  EXPECT_FALSE(report.is_ok);
  EXPECT_EQ(report.duration, 61s);
  EXPECT_EQ(report.message, "50% of \"a&b\"\n%zz");
}

TEST(HeartbeatRequest, TakesDurationsAsSpansAndAsSeconds) {
  EXPECT_EQ(Read(Posted({{"duration", "0"}})).duration, 0s);
  EXPECT_EQ(Read(Posted({{"duration", "90"}})).duration, 90s);
  EXPECT_EQ(Read(Posted({{"duration", "1e3"}})).duration, 1000s);
  EXPECT_EQ(Read(Posted({{"duration", "1h30m"}})).duration, 90min);
  EXPECT_EQ(Read(Posted({{"duration", "366d"}})).duration, 366 * 24h);
  for (const std::string wrong : {"", "-1", "-1s", "x", "nan", "inf", "1e300", "367d", "31622401",
                                  "5 s", " 5", "0x10", "99999999999999999999w"}) {
    EXPECT_THAT(WhyNot(Posted({{"duration", wrong}})), HasSubstr("duration is a span")) << wrong;
  }
}

TEST(HeartbeatRequest, IsRefusedWhereSomethingIsWrongWithIt) {
  EXPECT_EQ(WhyNot(Posted({{"status", "OK"}})), "status is ok or fail");
  EXPECT_EQ(WhyNot(Posted({{"status", ""}})), "status is ok or fail");
  EXPECT_EQ(WhyNot(Posted({{"state", "ok"}})), "unknown parameter state");
  EXPECT_EQ(WhyNot(Posted({{"a\r\nb", ""}})), "unknown parameter a\\x0d\\x0ab");
  EXPECT_EQ(WhyNot(Posted({}, "hello")), "unknown parameter hello");
  EXPECT_EQ(WhyNot(Posted({{"status", "ok"}}, "status=fail")), "status is given twice");
  EXPECT_EQ(WhyNot(Posted({{"status", "ok"}}, "{\"status\":\"ok\"}")), "status is given twice");
  EXPECT_EQ(WhyNot(Posted({}, "message=a&message=b")), "message is given twice");
  EXPECT_EQ(WhyNot(Posted({}, "{\"status\":\"ok\",\"status\":\"fail\"}")), "status is given twice");
  EXPECT_EQ(WhyNot(Posted({}, "{\"status\":true}")), "status is of the wrong type");
  EXPECT_EQ(WhyNot(Posted({}, "{\"message\":5}")), "message is of the wrong type");
  EXPECT_EQ(WhyNot(Posted({}, "{\"duration\":null}")), "duration is of the wrong type");
  for (const std::string& wrong :
       {std::string("{"), std::string("[]"), std::string("\"ok\""), std::string("{} {}"),
        std::string("{\"message\":\"\xff\"}"), std::string("{\"duration\":1e999}"),
        std::string(60000, '['), std::string("{\"message\":\"\0\"}", 15)}) {
    EXPECT_EQ(WhyNot(Posted({}, wrong)), "the body is no JSON object") << wrong.substr(0, 40);
  }
}

TEST(HeartbeatRequest, TakesBytesOfAnyKindInAMessage) {
  const std::string all = std::string("\0\xff\x80 ", 4);
  EXPECT_EQ(Read(Posted({{"message", all}})).message, all);
  EXPECT_EQ(Read(Posted({}, "message=%00%FF%80+")).message, all);
}

TEST(BearerTokens, StandBehindTheirScheme) {
  EXPECT_EQ(BearerToken("Bearer abc"), "abc");
  EXPECT_EQ(BearerToken("bearer  abc "), "abc");
  EXPECT_EQ(BearerToken("BEARER a b"), "a b");
  EXPECT_EQ(BearerToken(""), "");
  EXPECT_EQ(BearerToken("Bearer"), "");
  EXPECT_EQ(BearerToken("Bearer "), "");
  EXPECT_EQ(BearerToken("Basic YTpi"), "");
  EXPECT_EQ(BearerToken("Bearerabc"), "");
}

}  // namespace
}  // namespace gaikei
