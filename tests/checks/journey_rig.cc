#include "tests/checks/journey_rig.h"

#include <memory>
#include <utility>

#include "results/outcome_json.h"
#include "tests/checks/http_rig.h"

namespace gaikei {

Capture Shown(const std::string& name, const std::string& from) { return {name, from, false, {}}; }
Capture Hidden(const std::string& name, const std::string& from) { return {name, from, true, {}}; }

CheckSpec JourneyOf(const std::vector<StepUnderTest>& steps) {
  CheckSpec journey = SpecOf("journey", "journey:shop");
  for (const StepUnderTest& step : steps) {
    CheckSpec request = HttpSpec(step.shown_target.empty() ? step.target : step.shown_target);
    request.target = Secret(step.target, !step.shown_target.empty());
    request.timeout = step.timeout;
    request.http.method = step.method;
    request.http.headers = step.headers;
    request.http.body = Secret(step.body, step.is_body_secret);
    request.http.has_body = !step.body.empty();
    request.http.body_format = step.format;
    for (const std::string& text : step.expect) request.expect.push_back(Expect(text));
    for (const std::string& text : step.warn) request.warn.push_back(Expect(text));
    JourneyStepSpec& added = journey.steps.emplace_back();
    added.name = step.name;
    added.request = std::make_shared<CheckSpec>(std::move(request));
    added.captures = step.captures;
    added.when = step.when;
    added.always = step.always;
  }
  return journey;
}

std::string StepVerdicts(const Observation& seen) {
  std::string text;
  for (const Observation& step : seen.steps) {
    if (!text.empty()) text += ", ";
    text += step.step + " " + (step.skipped.empty() ? Verdict(step) : "skipped");
  }
  return text;
}

std::string EveryText(const Observation& seen) {
  Outcome outcome;
  static_cast<Observation&>(outcome) = seen;
  auto identity = std::make_shared<CheckIdentity>();
  identity->name = "shop";
  identity->kind = "journey";
  outcome.check = std::move(identity);
  return ToJson(outcome, {.verbose = true});
}

}  // namespace gaikei
