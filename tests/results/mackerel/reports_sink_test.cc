#include <gtest/gtest.h>

#include <set>
#include <string>

#include "rig.h"

namespace gaikei::testing {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Strings = std::vector<std::string>;

class MackerelReports : public ::testing::Test {
 protected:
  MackerelReports() { rig.spec.mackerel.has_check_reports = true; }
  void TearDown() override {
    EXPECT_EQ(rig.mackerel.complaints, Strings());
    EXPECT_EQ(rig.mackerel.over_quota, 0U);
  }
  /// "OK OK CRITICAL": what counted under that name.
  std::string Statuses(const std::string& name) const {
    std::string statuses;
    for (const StandIn::Report& report : rig.mackerel.reports) {
      if (report.name != name) continue;
      if (!statuses.empty()) statuses += ' ';
      statuses += report.status;
    }
    return statuses;
  }
  Rig rig{Rig::Kind::kReports};
};

TEST_F(MackerelReports, RegistersItsHostOnceAndReportsOnIt) {
  rig.Append(rig.MakeSample("home", Status::kPass, milliseconds(123)));
  rig.Poll();
  EXPECT_EQ(rig.mackerel.calls,
            (Strings{"GET /api/v0/hosts?customIdentifier=gaikei%2Fgaikei-tokyo&status=working"
                     "&status=standby&status=maintenance&status=poweroff",
                     "POST /api/v0/hosts", "POST /api/v0/monitoring/checks/report"}));
  ASSERT_EQ(rig.mackerel.hosts.size(), 1U);
  const auto& [id, host] = *rig.mackerel.hosts.begin();
  EXPECT_EQ(host.name, "gaikei-tokyo");
  EXPECT_EQ(host.checks, std::set<std::string>{"home"});
  ASSERT_EQ(rig.mackerel.reports.size(), 1U);
  const StandIn::Report& report = rig.mackerel.reports[0];
  EXPECT_EQ(report.host, id);
  EXPECT_EQ(report.name, "home");
  EXPECT_EQ(report.status, "OK");
  EXPECT_EQ(report.message, "pass in 123ms");
  EXPECT_EQ(report.occurred_at, Noon().time_since_epoch() / seconds(1));
  EXPECT_EQ(report.max_check_attempts, std::nullopt);
  // The id is remembered.
  rig.Restart();
  rig.Advance(minutes(1));
  rig.Append(rig.MakeSample("home"));
  rig.Poll();
  EXPECT_EQ(rig.mackerel.calls.size(), 4U);
  EXPECT_EQ(rig.mackerel.reports.size(), 2U);
  EXPECT_EQ(rig.sent, 2U);
}

TEST_F(MackerelReports, AnotherNameIsAnotherHost) {
  rig.Append(rig.MakeSample("home"));
  rig.Poll();
  rig.spec.mackerel.host_name = "outside";
  rig.Restart();
  rig.Advance(minutes(1));
  rig.Append(rig.MakeSample("cart"));
  rig.Poll();
  EXPECT_EQ(rig.mackerel.hosts.size(), 2U);
  EXPECT_EQ(rig.mackerel.reports.size(), 2U);
  EXPECT_NE(rig.mackerel.reports[0].host, rig.mackerel.reports[1].host);
}

TEST_F(MackerelReports, FindsItsHostWhereNothingIsRemembered) {
  rig.Append(rig.MakeSample("home"));
  rig.Poll();
  rig.states.clear();
  rig.Restart();
  rig.Advance(minutes(1));
  rig.Append(rig.MakeSample("home"));
  rig.Poll();
  EXPECT_EQ(rig.mackerel.hosts.size(), 1U);
  EXPECT_EQ(rig.mackerel.reports.size(), 2U);
}

TEST_F(MackerelReports, LeavesAnotherHostOfItsNameAlone) {
  rig.mackerel.hosts["4otherhost"] = {"gaikei-tokyo", "agent-1", {"disk"}, false};
  rig.Append(rig.MakeSample("home"));
  rig.Poll();
  EXPECT_EQ(rig.mackerel.hosts.size(), 2U);
  EXPECT_EQ(rig.mackerel.hosts["4otherhost"].checks, std::set<std::string>{"disk"});
}

TEST_F(MackerelReports, TellsEveryStatus) {
  rig.spec.mackerel.max_check_attempts = 3;
  rig.spec.mackerel.notification_interval = seconds(601);
  Sample failed = rig.MakeSample("c", Status::kFail, milliseconds(31));
  failed.address = "192.0.2.1";
  rig.Append(rig.MakeSample("a", Status::kPass));
  rig.Append(rig.MakeSample("b", Status::kWarn));
  rig.Append(std::move(failed));
  rig.Append(rig.MakeSample("d", Status::kUnknown));
  rig.Append(rig.MakeSample("a", Status::kPass, milliseconds(100), "osaka"));
  rig.Poll();
  EXPECT_EQ(Statuses("a"), "OK");
  EXPECT_EQ(Statuses("b"), "WARNING");
  EXPECT_EQ(Statuses("c"), "CRITICAL");
  EXPECT_EQ(Statuses("d"), "UNKNOWN");
  EXPECT_EQ(Statuses("a--osaka"), "OK");
  EXPECT_EQ(rig.mackerel.reports[2].message,
            "fail in 31ms: connect_refused in connect at 192.0.2.1: connection refused");
  EXPECT_EQ(rig.mackerel.reports[2].max_check_attempts, 3);
  EXPECT_EQ(rig.mackerel.reports[2].notification_interval, 11);
}

TEST_F(MackerelReports, SendsAChangeAtOnceAndTheRestOnceAMinute) {
  const auto look = [&](Status status) {
    rig.Append(rig.MakeSample("home", status));
    rig.Run(seconds(5));
  };
  for (int i = 0; i < 23; ++i) look(Status::kPass);
  EXPECT_EQ(rig.mackerel.CountCalls("POST /api/v0/monitoring"), 2U);
  look(Status::kFail);
  EXPECT_EQ(rig.mackerel.reports.back().status, "CRITICAL");
  EXPECT_EQ(rig.mackerel.reports.back().occurred_at,
            (rig.mackerel.now - seconds(5)).time_since_epoch() / seconds(1));
  look(Status::kPass);
  EXPECT_EQ(rig.mackerel.reports.back().status, "OK");
}

TEST_F(MackerelReports, LeavesOutWhatANewerReportMakesIdle) {
  rig.Append(rig.MakeSample("home"));
  rig.Poll();
  const auto look = [&](Status status) {
    rig.Advance(seconds(10));
    rig.Append(rig.MakeSample("home", status));
  };
  for (int i = 0; i < 5; ++i) look(Status::kPass);
  for (int i = 0; i < 3; ++i) look(Status::kFail);
  for (int i = 0; i < 5; ++i) look(Status::kPass);
  rig.Advance(minutes(1));
  rig.Poll();
  // Every failure, because Mackerel counts attempts; the pass that ended it, and the newest.
  EXPECT_EQ(Statuses("home"), "OK CRITICAL CRITICAL CRITICAL OK OK");
  EXPECT_EQ(rig.mackerel.reports.back().occurred_at,
            (rig.mackerel.now - minutes(1)).time_since_epoch() / seconds(1));
  EXPECT_EQ(rig.sent, 14U);
}

TEST_F(MackerelReports, CutsReportsIntoCalls) {
  for (int i = 0; i < 250; ++i) rig.Append(rig.MakeSample("check-" + std::to_string(i)));
  rig.Poll();
  EXPECT_EQ(rig.mackerel.reports.size(), 250U);
  EXPECT_EQ(rig.mackerel.CountCalls("POST /api/v0/monitoring"), 3U);
}

TEST_F(MackerelReports, CutsALongMessageBetweenCharacters) {
  Sample sample = rig.MakeSample("home", Status::kFail);
  for (int i = 0; i < 700; ++i) sample.message += "🍣";
  rig.Append(std::move(sample));
  rig.Poll();
  ASSERT_EQ(rig.mackerel.reports.size(), 1U);
  EXPECT_EQ(rig.mackerel.reports[0].message.substr(rig.mackerel.reports[0].message.size() - 7),
            "🍣...");
}

TEST_F(MackerelReports, KeepsItsListAsTheChecksComeAndGo) {
  rig.Append(rig.MakeSample("home"));
  rig.Append(rig.MakeSample("cart"));
  rig.Poll();
  const std::string id = rig.mackerel.hosts.begin()->first;
  EXPECT_EQ(rig.mackerel.hosts[id].checks, (std::set<std::string>{"cart", "home"}));
  rig.Advance(seconds(5));
  rig.Depart("home");
  rig.Poll();
  EXPECT_EQ(rig.mackerel.hosts[id].checks, std::set<std::string>{"cart"});
  // The others stay on it though they did not report since the restart.
  rig.Restart();
  rig.Advance(seconds(5));
  rig.Append(rig.MakeSample("login"));
  rig.Poll();
  EXPECT_EQ(rig.mackerel.hosts[id].checks, (std::set<std::string>{"cart", "login"}));
  EXPECT_EQ(rig.mackerel.CountCalls("PUT"), 2U);
}

TEST_F(MackerelReports, ListsANewCheckAgainAfterADeliveryThatWasGivenUp) {
  rig.Append(rig.MakeSample("home"));
  rig.Poll();
  rig.mackerel.fault = [](const PostRequest& request) -> std::optional<PostResponse> {
    if (request.body.find("\"reports\"") == std::string::npos ||
        request.body.find("\"cart\"") == std::string::npos) {
      return std::nullopt;
    }
    PostResponse response;
    response.status = 400;
    return response;
  };
  rig.Append(rig.MakeSample("cart"));
  rig.Poll();
  EXPECT_EQ(rig.rejected, 1U);
  rig.mackerel.fault = nullptr;
  rig.Append(rig.MakeSample("login"));
  rig.Poll();
  EXPECT_EQ(rig.mackerel.hosts.begin()->second.checks, (std::set<std::string>{"home", "login"}));
  rig.Append(rig.MakeSample("cart"));
  rig.Poll();
  EXPECT_EQ(rig.mackerel.hosts.begin()->second.checks,
            (std::set<std::string>{"cart", "home", "login"}));
}

TEST_F(MackerelReports, RegistersAgainWhenTheHostWasRetired) {
  rig.Append(rig.MakeSample("home"));
  rig.Poll();
  rig.mackerel.hosts.begin()->second.is_retired = true;
  rig.Advance(minutes(1));
  rig.Append(rig.MakeSample("home"));
  rig.Poll();
  EXPECT_EQ(rig.mackerel.hosts.size(), 2U);
  EXPECT_EQ(rig.mackerel.reports.size(), 2U);
  EXPECT_NE(rig.mackerel.reports[0].host, rig.mackerel.reports[1].host);
  EXPECT_EQ(rig.sent, 2U);
  rig.Restart();
  rig.Advance(minutes(1));
  rig.Append(rig.MakeSample("home"));
  rig.Poll();
  EXPECT_EQ(rig.mackerel.hosts.size(), 2U);
  EXPECT_EQ(rig.mackerel.reports[1].host, rig.mackerel.reports[2].host);
}

TEST_F(MackerelReports, RegistersAgainWhenTheHostIsUnknownWhileItsListChanges) {
  rig.Append(rig.MakeSample("home"));
  rig.Poll();
  rig.mackerel.hosts.clear();
  rig.Append(rig.MakeSample("cart"));
  rig.Poll();
  EXPECT_EQ(rig.mackerel.hosts.size(), 1U);
  EXPECT_EQ(rig.mackerel.reports.size(), 2U);
}

TEST_F(MackerelReports, DoesNotTakeARefusalForAHostThatIsGone) {
  rig.Append(rig.MakeSample("home"));
  rig.Poll();
  rig.mackerel.fault = [](const PostRequest& request) -> std::optional<PostResponse> {
    if (request.body.find("\"reports\"") == std::string::npos) return std::nullopt;
    PostResponse response;
    response.status = 400;
    response.body = R"({"error":"no"})";
    return response;
  };
  rig.Advance(minutes(1));
  rig.Append(rig.MakeSample("home"));
  rig.Poll();
  EXPECT_EQ(rig.verdicts.back().kind, Verdict::Kind::kRefused);
  EXPECT_EQ(rig.rejected, 1U);
  EXPECT_EQ(rig.mackerel.hosts.size(), 1U);
}

TEST_F(MackerelReports, KeepsSamplesWhileTheHostCannotBeRegistered) {
  rig.mackerel.fault = [](const PostRequest& request) -> std::optional<PostResponse> {
    if (request.method != "POST") return std::nullopt;
    PostResponse response;
    response.status = 400;
    response.body = R"({"error":{"message":"host limit exceeded"}})";
    return response;
  };
  rig.Append(rig.MakeSample("home"));
  rig.Poll();
  EXPECT_EQ(rig.verdicts.back().kind, Verdict::Kind::kForbidden);
  EXPECT_EQ(rig.verdicts.back().message,
            "registering host gaikei-tokyo: Mackerel answered 400: host limit exceeded");
  EXPECT_EQ(rig.Waiting(), 1U);
  rig.mackerel.fault = nullptr;
  rig.Poll();
  EXPECT_EQ(rig.sent, 1U);
}

TEST_F(MackerelReports, SendsNothingTwiceThatWasTakenBeforeATrouble) {
  unsigned reports = 0;
  rig.mackerel.fault = [&](const PostRequest& request) -> std::optional<PostResponse> {
    if (request.body.find("\"reports\"") == std::string::npos || ++reports != 2) {
      return std::nullopt;
    }
    PostResponse response;
    response.status = 503;
    return response;
  };
  for (int i = 0; i < 250; ++i) rig.Append(rig.MakeSample("check-" + std::to_string(i)));
  rig.Poll();
  EXPECT_EQ(rig.verdicts.back().kind, Verdict::Kind::kRetry);
  rig.Poll();
  EXPECT_EQ(rig.mackerel.reports.size(), 250U);
  EXPECT_EQ(rig.mackerel.ignored_reports, 0U);
  EXPECT_EQ(rig.sent, 250U);
}

TEST_F(MackerelReports, SendsTheSameAgainAfterALostAnswer) {
  bool is_lost = false;
  rig.mackerel.loses_answer = [&](const PostRequest& request) {
    return request.body.find("\"reports\"") != std::string::npos && !std::exchange(is_lost, true);
  };
  rig.Append(rig.MakeSample("home", Status::kFail));
  rig.Poll();
  EXPECT_EQ(rig.verdicts.back().kind, Verdict::Kind::kRetry);
  rig.Restart();  // nothing of it was settled
  rig.Poll();
  EXPECT_EQ(rig.mackerel.reports.size(), 1U);
  EXPECT_EQ(rig.mackerel.ignored_reports, 1U);
  EXPECT_EQ(rig.sent, 1U);
}

TEST_F(MackerelReports, DoesNotRegisterASecondHostAfterALostAnswer) {
  bool is_lost = false;
  rig.mackerel.loses_answer = [&](const PostRequest& request) {
    return request.method == "POST" && !std::exchange(is_lost, true);
  };
  rig.Append(rig.MakeSample("home"));
  rig.Poll();
  EXPECT_EQ(rig.verdicts.back().kind, Verdict::Kind::kRetry);
  rig.Poll();
  EXPECT_EQ(rig.mackerel.hosts.size(), 1U);
  EXPECT_EQ(rig.mackerel.reports.size(), 1U);
}

TEST_F(MackerelReports, NeverSendsWhatIsMoreThanSixHoursLate) {
  rig.Append(rig.MakeSample("home"));
  rig.Append(rig.MakeSample("cart"));
  rig.Advance(hours(3));
  rig.Append(rig.MakeSample("home"));
  rig.Advance(hours(3));
  rig.Poll();
  EXPECT_EQ(rig.mackerel.reports.size(), 1U);
  EXPECT_EQ(rig.sent, 1U);
  EXPECT_EQ(rig.expired, 2U);
  EXPECT_EQ(rig.verdicts.back().message, "check reports: 2 were later than Mackerel takes");
}

TEST_F(MackerelReports, LooksAtTheAgeAgainWheneverItTries) {
  bool is_down = true;
  rig.mackerel.fault = [&](const PostRequest&) -> std::optional<PostResponse> {
    if (!is_down) return std::nullopt;
    PostResponse response;
    response.error = "connection refused";
    return response;
  };
  rig.Append(rig.MakeSample("home"));
  rig.Poll();
  rig.Advance(hours(6));
  is_down = false;
  rig.Poll();
  EXPECT_EQ(rig.expired, 1U);
  EXPECT_TRUE(rig.mackerel.reports.empty());
}

TEST_F(MackerelReports, CannotTellAStatusFromWhatWasFolded) {
  Rollup rollup;
  rollup.series = rig.SeriesOf("home");
  rollup.from = rollup.at = Noon();
  rollup.samples = 7;
  rollup.good = 7;
  rig.Append(rollup);
  rig.Append(rig.MakeSample("home"));
  rig.Poll();
  EXPECT_EQ(rig.expired, 7U);
  EXPECT_EQ(rig.sent, 1U);
}

TEST_F(MackerelReports, AreNewerThanTheOnesBeforeThoughTheClockWasSetBack) {
  rig.Append(rig.MakeSample("home", Status::kFail));
  rig.Poll();
  rig.mackerel.now -= seconds(30);
  rig.Append(rig.MakeSample("home", Status::kPass));
  rig.Poll();
  EXPECT_EQ(Statuses("home"), "CRITICAL OK");
  EXPECT_EQ(rig.mackerel.ignored_reports, 0U);
}

TEST_F(MackerelReports, WithinOneSecondTheLastCounts) {
  rig.Append(rig.MakeSample("home", Status::kPass));
  rig.Advance(milliseconds(300));
  rig.Append(rig.MakeSample("home", Status::kFail));
  rig.Poll();
  rig.Advance(milliseconds(300));
  rig.Append(rig.MakeSample("home", Status::kPass));
  rig.Poll();
  EXPECT_EQ(Statuses("home"), "CRITICAL OK");
  EXPECT_EQ(rig.mackerel.ignored_reports, 0U);
}

TEST_F(MackerelReports, DoesNotUseAnIdThatIsNone) {
  rig.mackerel.fault = [](const PostRequest& request) -> std::optional<PostResponse> {
    if (request.method != "POST") return std::nullopt;
    PostResponse response;
    response.status = 200;
    response.body = R"({"id":"../../services/shop"})";
    return response;
  };
  rig.Append(rig.MakeSample("home"));
  rig.Poll();
  EXPECT_EQ(rig.verdicts.back().kind, Verdict::Kind::kRetry);
  EXPECT_EQ(rig.verdicts.back().message, "registering the host: the answer tells no host");
}

}  // namespace
}  // namespace gaikei::testing
