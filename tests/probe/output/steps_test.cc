#include "probe/output/steps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/probe/output/samples.h"

namespace gaikei::output_test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Observation Step(const std::string& name) {
  Observation step = Sample();
  step.step = name;
  step.target = "https://shop.example/" + name + "/${id}";
  return step;
}

/// Two steps that pass.
Outcome Passed() {
  Outcome outcome = Sample("shop");
  outcome.http.reset();
  outcome.steps = {Step("login"), Step("read")};
  outcome.steps[0].captured = {"token", "id"};
  return outcome;
}

/// login passes, read fails, logout is skipped.
Outcome Failed() {
  Outcome outcome = Passed();
  Observation& read = outcome.steps[1];
  read.expect = {{"status == 200", false, false, "503", ""}};
  read.Fail(Reason::kExpectStatus, std::nullopt, "expect 'status == 200': was 503");
  Observation logout;
  logout.step = "logout";
  logout.skipped = "token was not captured";
  outcome.steps.push_back(logout);
  outcome.Fail(Reason::kExpectStatus, std::nullopt, "step read: expect 'status == 200': was 503");
  outcome.failed_step = "read";
  return outcome;
}

TEST(StepsInText, AreOneLineEachWhereTheyPass) {
  const std::string page = Written("text", Plain(), {Passed()});
  EXPECT_THAT(page, HasSubstr("✔ login"));
  EXPECT_THAT(page, HasSubstr("✔ read"));
  EXPECT_THAT(page, HasSubstr("https://shop.example/read/${id}"));
  EXPECT_THAT(page, Not(HasSubstr("captured")));
}

TEST(StepsInText, ShowTheirOwnWaterfallsWhereItIsAskedFor) {
  WriterOptions options = Plain();
  options.verbose = true;
  const std::string page = Written("text", options, {Passed()});
  EXPECT_THAT(page, HasSubstr("captured    token, id"));
  EXPECT_THAT(page, HasSubstr("    resolve"));
}

TEST(StepsInText, ShowWhyOneFailedAndWhatWasSkipped) {
  const std::string page = Written("text", Plain(), {Failed()});
  EXPECT_THAT(page, HasSubstr("✘ read"));
  EXPECT_THAT(page, HasSubstr("status == 200 · was 503"));
  EXPECT_THAT(page, HasSubstr("why         expect_status: expect 'status == 200': was 503"));
  EXPECT_THAT(page, HasSubstr("- logout  skipped: token was not captured"));
}

TEST(StepsInText, AreCountedInARow) {
  WriterOptions options = Plain();
  options.compact = true;
  EXPECT_THAT(Written("text", options, {Passed()}), HasSubstr("2 of 2 steps"));
  EXPECT_THAT(Written("text", options, {Failed()}), HasSubstr("expect_status in step read"));
}

TEST(StepsInJunit, StandInTheFailure) {
  const std::string document = Written("junit", Plain(), {Failed()});
  EXPECT_THAT(document, HasSubstr("message=\"step read: expect 'status == 200': was 503\""));
  EXPECT_THAT(document, HasSubstr("skipped: token was not captured"));
}

TEST(StepsInNagios, HavePerformanceData) {
  const std::string line = Written("nagios", Plain(), {Failed()});
  EXPECT_THAT(line, HasSubstr("expect_status: step read: "));
  EXPECT_THAT(line, HasSubstr(" 'step login'=0.100000s;;;0 'step read'=0.100000s;;;0"));
  EXPECT_THAT(line, Not(HasSubstr("logout")));
  EXPECT_THAT(Written("nagios", Plain(), {Passed()}), HasSubstr(": 2 of 2 steps in "));
}

TEST(StepsInPrometheus, HaveGauges) {
  const std::string metrics = Written("prometheus", Plain(), {Failed()});
  EXPECT_THAT(metrics, HasSubstr("probe_journey_step_success{"));
  EXPECT_THAT(metrics, HasSubstr("step=\"login\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("step=\"read\"} 0\n"));
  EXPECT_THAT(metrics, HasSubstr("probe_journey_step_duration_seconds{"));
  EXPECT_THAT(metrics, Not(HasSubstr("logout")));
}

TEST(AnUnknownStep, HasNoSuccess) {
  Outcome outcome = Passed();
  outcome.steps[1].Fail(Reason::kProberFdLimit, std::nullopt, "no file descriptor");
  const std::string metrics = Written("prometheus", Plain(), {outcome});
  EXPECT_THAT(metrics, Not(HasSubstr("step=\"read\"} 0\n")));
  EXPECT_THAT(metrics, HasSubstr("step=\"read\"} 0.1\n"));
}

TEST(AnOutcomeWithoutSteps, HasNoLinesForThem) {
  EXPECT_THAT(StepLines(Sample(), {}), IsEmpty());
  EXPECT_THAT(Written("prometheus", Plain(), {Sample()}), Not(HasSubstr("probe_journey")));
}

}  // namespace
}  // namespace gaikei::output_test
