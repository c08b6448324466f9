#include <gtest/gtest.h>

#include <string>

#include "rig.h"

namespace gaikei::testing {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class MackerelVerdicts : public ::testing::Test {
 protected:
  /// What a delivery of one sample comes to when Mackerel answers so.
  Verdict Try(int status, const std::string& body = "", const std::string& retry_after = "") {
    rig.mackerel.fault = [=](const PostRequest&) {
      PostResponse response;
      response.status = status;
      response.body = body;
      if (!retry_after.empty()) response.headers.emplace_back("retry-after", retry_after);
      return response;
    };
    rig.Append(rig.MakeSample("home"));
    rig.Advance(minutes(1) + seconds(5));
    rig.Poll();
    return rig.verdicts.back();
  }
  Rig rig{Rig::Kind::kMetrics};
};

TEST_F(MackerelVerdicts, SaysWhatAKeyNeeds) {
  const Verdict verdict = Try(403, R"({"error":{"message":"not allowed"}})");
  EXPECT_EQ(verdict.kind, Verdict::Kind::kForbidden);
  EXPECT_EQ(verdict.message,
            "service metrics: Mackerel answered 403: not allowed; the API key has to have read and "
            "write permission, and this address has to be among those that the organization "
            "allows");
  EXPECT_EQ(rig.Waiting(), 1U);
  EXPECT_EQ(Try(401).kind, Verdict::Kind::kForbidden);
}

TEST_F(MackerelVerdicts, NamesTheServiceThatIsMissing) {
  rig.spec.mackerel.service = "shoop";
  rig.Append(rig.MakeSample("home"));
  rig.Advance(minutes(1) + seconds(5));
  rig.Poll();
  EXPECT_EQ(rig.verdicts.back().kind, Verdict::Kind::kForbidden);
  EXPECT_EQ(rig.verdicts.back().message,
            "service metrics: Mackerel answered 404: service not found; there is no service "
            "'shoop' in that organization");
  // Somebody makes it.
  rig.mackerel.services.insert("shoop");
  rig.Poll();
  EXPECT_EQ(rig.sent, 1U);
}

TEST_F(MackerelVerdicts, TriesAgainLater) {
  for (const int status : {500, 502, 503, 504, 408}) {
    const Verdict verdict = Try(status, "<html>", "7");
    EXPECT_EQ(verdict.kind, Verdict::Kind::kRetry) << status;
    EXPECT_EQ(verdict.retry_after, seconds(7)) << status;
    EXPECT_EQ(verdict.message, "service metrics: Mackerel answered " + std::to_string(status));
  }
  EXPECT_EQ(Try(429, "", "120").retry_after, minutes(2));
  EXPECT_EQ(Try(503).retry_after, std::nullopt);
  rig.spec.retry_statuses = {418};
  rig.Restart();
  EXPECT_EQ(Try(418).kind, Verdict::Kind::kRetry);
}

TEST_F(MackerelVerdicts, DoesNotTakeAPageForAnAnswer) {
  const Verdict verdict = Try(200, "<html>Sign in to the network</html>");
  EXPECT_EQ(verdict.kind, Verdict::Kind::kRetry);
  EXPECT_EQ(verdict.message,
            "service metrics: 200 with a body that is no JSON: is the endpoint Mackerel's?");
}

TEST_F(MackerelVerdicts, DoesNotFollowRedirects) {
  const Verdict verdict = Try(302);
  EXPECT_EQ(verdict.kind, Verdict::Kind::kForbidden);
  EXPECT_EQ(verdict.message,
            "service metrics: Mackerel answered 302; redirects are not followed: is the endpoint "
            "right?");
}

TEST_F(MackerelVerdicts, ShowsStrangeWordsEscapedAndBounded) {
  const Verdict verdict =
      Try(503, "{\"error\":\"\\u001b[31mred\\n" + std::string(5000, 'x') + "\"}");
  EXPECT_EQ(verdict.message.find('\x1b'), std::string::npos);
  EXPECT_EQ(verdict.message.find('\n'), std::string::npos);
  EXPECT_NE(verdict.message.find("\\x1b[31mred\\x0a"), std::string::npos) << verdict.message;
  EXPECT_LT(verdict.message.size(), 400U);
}

TEST_F(MackerelVerdicts, NeverShowsTheKey) {
  const Verdict verdict =
      Try(503, std::string(R"({"error":{"message":"the key )") + StandIn::kKey + R"( is busy"}})");
  EXPECT_EQ(verdict.message, "service metrics: Mackerel answered 503: <secret>");
}

TEST_F(MackerelVerdicts, FindsOutWhatIsRefusedAndGivesItUp) {
  // The values of one check are never taken.
  rig.mackerel.fault = [](const PostRequest& request) -> std::optional<PostResponse> {
    if (request.body.find("gaikei.check-7.") == std::string::npos) return std::nullopt;
    PostResponse response;
    response.status = 400;
    response.body = R"({"error":"what is this?"})";
    return response;
  };
  for (int i = 0; i < 20; ++i) rig.Append(rig.MakeSample("check-" + std::to_string(i)));
  rig.Run(minutes(2));
  EXPECT_EQ(rig.sent, 19U);
  EXPECT_EQ(rig.rejected, 1U);
  EXPECT_EQ(rig.mackerel.points.size(), 19U * 11);
  EXPECT_EQ(rig.mackerel.complaints, std::vector<std::string>());
  // It is refused for itself again, and holds up nobody.
  rig.Append(rig.MakeSample("check-7"));
  rig.Append(rig.MakeSample("check-8"));
  rig.Run(minutes(2));
  EXPECT_EQ(rig.sent, 20U);
  EXPECT_EQ(rig.rejected, 2U);
  // What was given up is not counted with what is taken later.
  Sample late = rig.MakeSample("check-7");
  late.at = Noon();
  rig.mackerel.fault = nullptr;
  rig.Append(std::move(late));
  rig.Run(minutes(2));
  EXPECT_EQ(rig.Point("gaikei.check-7.tokyo.slots.good", Noon()), 1);
}

TEST_F(MackerelVerdicts, FindsItInAMinuteThatIsLargerThanADelivery) {
  rig.max_batch = 8;
  rig.mackerel.fault = [](const PostRequest& request) -> std::optional<PostResponse> {
    if (request.body.find("gaikei.check-7.") == std::string::npos) return std::nullopt;
    PostResponse response;
    response.status = 400;
    return response;
  };
  for (int i = 0; i < 30; ++i) rig.Append(rig.MakeSample("check-" + std::to_string(i)));
  rig.Run(minutes(5));
  EXPECT_EQ(rig.Waiting(), 0U);
  EXPECT_EQ(rig.sent + rig.rejected, 30U);
  EXPECT_LE(rig.rejected, 8U);
  // What comes afterwards is free of it.
  rig.Append(rig.MakeSample("home"));
  rig.Run(minutes(2));
  EXPECT_EQ(rig.verdicts.back().kind, Verdict::Kind::kTaken);
}

}  // namespace
}  // namespace gaikei::testing
