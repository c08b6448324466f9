/// The journey of a customer through a shop behind a real nginx, with each of its steps broken in
/// turn.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/checks/http_rig.h"
#include "tests/checks/journey_rig.h"
#include "tests/support/demo_shop.h"

namespace gaikei {
namespace {

using support::DemoShop;
using support::ShopFault;
using testing::HasSubstr;
using testing::Not;

std::vector<StepUnderTest> StepsThrough(const DemoShop& shop) {
  const std::pair<std::string, Secret> token{"X-Csrf", Secret("${token}")};
  return {
      {.name = "form",
       .target = shop.Url("/login"),
       .captures = {Hidden("csrf", "body /name=\"csrf\" value=\"([^\"]+)\"/")}},
      {.name = "login",
       .target = shop.Url("/login"),
       .body = "user=" + std::string(DemoShop::kUser) +
               "&password=" + std::string(DemoShop::kPassword) + "&csrf=${csrf}",
       .format = BodyFormat::kForm,
       .is_body_secret = true,
       .expect = {"status == 200", "redirects == 1", "body not contains 'no such login'"},
       .captures = {Hidden("token", "json.api.csrf"), Hidden("session", "cookie.session")}},
      {.name = "create",
       .target = shop.Url("/api/items"),
       .headers = {token},
       .body = R"({"name": "probe-${uuid}"})",
       .format = BodyFormat::kJson,
       .expect = {"status == 201"},
       .captures = {Shown("id", "json.id")}},
      {.name = "read",
       .target = shop.Url("/api/items/${id}"),
       .expect = {"status == 200", "json.name matches '^probe-[0-9a-f-]{36}$'"}},
      // By a name that is known whatever the shop has answered.
      {.name = "delete",
       .target = shop.Url("/api/named/probe-${uuid}"),
       .method = "DELETE",
       .headers = {token},
       .expect = {"status == 204"},
       .always = true},
      {.name = "gone", .target = shop.Url("/api/items/${id}"), .expect = {"status == 404"}},
      {.name = "logout",
       .target = shop.Url("/logout"),
       .method = "POST",
       .expect = {"status == 204"},
       .always = true},
  };
}

Observation WalkThrough(const DemoShop& shop) {
  CheckSpec journey = JourneyOf(StepsThrough(shop));
  for (JourneyStepSpec& step : journey.steps) {
    auto request = std::make_shared<CheckSpec>(*step.request);
    request->tls.cacert = shop.roots();
    step.request = std::move(request);
  }
  return RunCheck(journey);
}

TEST(JourneyThroughAShop, PassesAndLeavesNothingBehind) {
  const DemoShop shop;
  const Observation seen = WalkThrough(shop);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(StepVerdicts(seen),
            "form pass, login pass, create pass, read pass, delete pass, gone pass, logout pass");
  EXPECT_EQ(shop.made(), 1U);
  EXPECT_TRUE(shop.Items().empty());
  EXPECT_EQ(shop.sessions(), 0U);
  EXPECT_EQ(seen.steps.back().http->version, "2");
  EXPECT_EQ(seen.steps.back().http->is_reused, true);
}

struct Broken {
  const char* name;
  ShopFault fault;
  const char* verdict;
  const char* steps;
  std::size_t made;
  std::size_t left;
};

class JourneyThroughABrokenShop : public testing::TestWithParam<Broken> {};

TEST_P(JourneyThroughABrokenShop, NamesTheStepAndCleansUp) {
  const DemoShop shop(GetParam().fault);
  const Observation seen = WalkThrough(shop);
  EXPECT_EQ(seen.failed_step + ": " + Verdict(seen), GetParam().verdict) << seen.message;
  EXPECT_EQ(StepVerdicts(seen), GetParam().steps);
  EXPECT_THAT(seen.message, HasSubstr("step " + seen.failed_step + ": "));
  EXPECT_EQ(seen.blame, Blame::kTarget);
  EXPECT_EQ(shop.made(), GetParam().made);
  EXPECT_EQ(shop.Items().size(), GetParam().left);
  EXPECT_EQ(shop.sessions(), 0U);
  EXPECT_THAT(EveryText(seen), Not(HasSubstr("canary")));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, JourneyThroughABrokenShop,
    testing::Values(
        Broken{"FormIsDown", ShopFault::kFormIsDown, "form: fail expect_status",
               "form fail expect_status, delete skipped, logout fail expect_status", 0, 0},
        Broken{"FormWithoutCsrf", ShopFault::kFormWithoutCsrf, "form: fail expect_body",
               "form fail expect_body, delete skipped, logout fail expect_status", 0, 0},
        Broken{"LoginRefused", ShopFault::kLoginRefused, "login: fail expect_status",
               "form pass, login fail expect_status, delete skipped, logout fail expect_status", 0,
               0},
        Broken{"SessionExpired", ShopFault::kSessionExpired, "create: fail expect_status",
               "form pass, login pass, create fail expect_status, delete fail expect_status, "
               "logout fail expect_status",
               0, 0},
        Broken{"CreateFails", ShopFault::kCreateFails, "create: fail expect_status",
               "form pass, login pass, create fail expect_status, delete fail expect_status, "
               "logout pass",
               0, 0},
        Broken{"CreateWithoutId", ShopFault::kCreateWithoutId, "create: fail expect_json",
               "form pass, login pass, create fail expect_json, delete pass, logout pass", 1, 0},
        Broken{"ReadFails", ShopFault::kReadFails, "read: fail expect_status",
               "form pass, login pass, create pass, read fail expect_status, delete pass, "
               "logout pass",
               1, 0},
        Broken{"DeleteRefused", ShopFault::kDeleteRefused, "delete: fail expect_status",
               "form pass, login pass, create pass, read pass, delete fail expect_status, "
               "logout pass",
               1, 1},
        Broken{"DeleteDoesNothing", ShopFault::kDeleteDoesNothing, "gone: fail expect_status",
               "form pass, login pass, create pass, read pass, delete pass, "
               "gone fail expect_status, logout pass",
               1, 1}),
    [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace gaikei
