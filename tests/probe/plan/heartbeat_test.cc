#include "probe/heartbeats.h"
#include "tests/probe/config/support.h"

namespace gaikei {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

CheckSpec Heartbeat(const std::string& keys) { return CheckWith(keys, "heartbeat:nightly"); }

std::vector<std::string> Wrong(const std::string& keys,
                               const std::string& target = "heartbeat:nightly") {
  auto errors = ErrorsOf("[check.c]\ntarget = \"" + target + "\"\n" + keys + "\n");
  for (std::string& error : errors) error.erase(0, std::string("t.toml").size());
  return errors;
}

TEST(AHeartbeat, IsExpectedWithATenthOfItsIntervalInGrace) {
  const CheckSpec nightly = Heartbeat("every = \"24h\"");
  EXPECT_EQ(nightly.identity->kind, "heartbeat");
  EXPECT_EQ(nightly.identity->target, "heartbeat:nightly");
  EXPECT_EQ(nightly.every, hours(24));
  EXPECT_EQ(nightly.heartbeat.grace, minutes(144));
  EXPECT_TRUE(nightly.heartbeat.token.empty());
  EXPECT_EQ(Heartbeat("").heartbeat.grace, seconds(10));
  EXPECT_EQ(Heartbeat("every = \"1s\"").heartbeat.grace, seconds(10));
  EXPECT_EQ(Heartbeat("every = \"24h\"\ngrace = \"0s\"").heartbeat.grace, seconds(0));
}

TEST(AHeartbeat, TakesATokenThatIsASecretHoweverItIsWritten) {
  const Environment environment("NIGHTLY_TOKEN", "canary");
  const CheckSpec by_reference = Heartbeat("token = { env = \"NIGHTLY_TOKEN\" }");
  EXPECT_EQ(by_reference.heartbeat.token.Reveal(), "canary");
  EXPECT_TRUE(by_reference.heartbeat.token.is_secret());
  EXPECT_TRUE(Heartbeat("token = \"plain\"").heartbeat.token.is_secret());
  for (const std::string wrong : {"\"\"", "\"two words\"", "\"caf\u00e9\"", "\"a\\nb\""}) {
    EXPECT_THAT(
        Wrong("token = " + wrong),
        ElementsAre(":3:9: token is empty, or has spaces, controls or characters beyond ASCII"));
  }
}

TEST(AHeartbeat, MayExpectADuration) {
  const CheckSpec spec = Heartbeat("expect = [\"duration < 30m\"]\nwarn = [\"duration < 10m\"]");
  EXPECT_EQ(spec.expect.size(), 1U);
  EXPECT_EQ(spec.warn.size(), 1U);
  EXPECT_THAT(Wrong("expect = [\"status == 200\"]"),
              ElementsAre(HasSubstr("status does not apply to a check of kind heartbeat")));
}

TEST(AHeartbeat, HasANameThatCanStandInAPath) {
  for (const std::string name : {"a", "42", "db-1.shop_backup", "A..b"}) {
    EXPECT_THAT(Wrong("", "heartbeat:" + name), IsEmpty()) << name;
  }
  EXPECT_THAT(Wrong("", "HEARTBEAT:a"), IsEmpty());
  for (const std::string& name : {std::string(), std::string("a/b"), std::string("."),
                                  std::string(".."), std::string("a%20b"), std::string("a?b"),
                                  std::string("caf\u00e9"), std::string(129, 'a')}) {
    EXPECT_THAT(Wrong("", "heartbeat:" + name),
                ElementsAre(":2:10: a heartbeat's name is 1 to 128 letters, digits and . _ -"))
        << name;
  }
  EXPECT_THAT(Wrong("", "heartbeat://a"),
              ElementsAre(":2:10: write heartbeat:NAME, without slashes"));
}

TEST(AHeartbeat, RefusesWhatOnlyACheckThatLooksSomewhereHasAUseFor) {
  EXPECT_THAT(Wrong("timeout = \"5s\"\nconfirm = 2\nfamily = \"ipv4\"\naddress = \"192.0.2.1\"\n"
                    "resolve = \"cached\"\ndeny_private = true\nconfirm_counts = \"last\""),
              ElementsAre(HasSubstr(":3:1: timeout is nothing for a heartbeat"),
                          HasSubstr(":4:1: confirm is nothing for a heartbeat"),
                          HasSubstr(":5:1: family is nothing for a heartbeat"),
                          HasSubstr(":6:1: address is nothing for a heartbeat"),
                          HasSubstr(":7:1: resolve is nothing for a heartbeat"),
                          HasSubstr(":8:1: deny_private is nothing for a heartbeat"),
                          HasSubstr(":9:1: confirm_counts is nothing for a heartbeat")));
  EXPECT_THAT(Wrong("method = \"GET\""),
              ElementsAre(HasSubstr("method is no key of a check of kind heartbeat")));
  EXPECT_THAT(Wrong("grace = \"1s\"", "https://shop.example"),
              ElementsAre(HasSubstr("grace is no key of a check of kind http: heartbeat")));
}

TEST(AHeartbeat, IsNotConcernedByWhatTheDefaultsSayOfOthers) {
  const Config config = Loaded(
      "[defaults]\ntimeout = \"5s\"\nconfirm = 2\nfamily = \"ipv4\"\nevery = \"1h\"\n"
      "[check.job]\ntarget = \"heartbeat:job\"\n");
  ASSERT_EQ(config.checks.size(), 1U);
  EXPECT_EQ(config.checks[0].every, hours(1));
  EXPECT_EQ(config.checks[0].heartbeat.grace, minutes(6));
}

TEST(Heartbeats, HaveNamesOfTheirOwn) {
  EXPECT_THAT(ErrorsOf("[check.a]\ntarget = \"heartbeat:job\"\n[check.b]\ntarget = "
                       "\"https://shop.example\"\n[check.c]\ntarget = \"Heartbeat:job\"\n"),
              ElementsAre("t.toml:6:10: heartbeat \"job\" is already that of check \"a\""));
}

TEST(Heartbeats, NeedAServerThatTakesReports) {
  EXPECT_THAT(ErrorsOf("[probe]\nlisten = \"\"\n[check.a]\ntarget = \"heartbeat:job\"\n"),
              ElementsAre("t.toml:4:10: nobody can report while listen of [probe] is \"\""));
}

TEST(Heartbeats, AreExpectedOnceWhateverTheRegions) {
  const std::string regions = "[region.a]\n[region.b]\n[region.c]\n";
  const std::string any = "[check.any]\ntarget = \"heartbeat:any\"\nevery = \"24h\"\n";
  auto plan = HeartbeatsOf(Loaded(regions + any));
  ASSERT_EQ(plan.size(), 1U);
  EXPECT_EQ(plan[0].name, "any");
  EXPECT_EQ(plan[0].region, "a");
  EXPECT_EQ(plan[0].every, hours(24));
  EXPECT_EQ(plan[0].grace, minutes(144));
  EXPECT_EQ(HeartbeatsOf(Loaded(regions + any, "b")).at(0).region, "b");
  const std::string own = "[check.c]\ntarget = \"heartbeat:c\"\nregions = [\"c\", \"b\"]\n";
  EXPECT_EQ(HeartbeatsOf(Loaded(regions + own)).at(0).region, "b");
  EXPECT_THAT(HeartbeatsOf(Loaded(regions + own, "a")), IsEmpty());
}

TEST(AHeartbeat, CannotBeLookedAt) {
  CheckFlags flags;
  flags.target = "heartbeat:nightly";
  const auto spec = CheckFromFlags(flags);
  ASSERT_FALSE(spec);
  EXPECT_THAT(spec.error(), ElementsAre("target: a heartbeat cannot be looked at: its job reports "
                                        "to gaikei run, by POST /heartbeat/NAME"));
}

}  // namespace
}  // namespace gaikei
