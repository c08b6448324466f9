#include "probe/config/journey_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "probe/config/step_table.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr Span kLongestTimeout = std::chrono::hours(1);

/// Every step that has a name has one of its own.
void VerifyNames(const Node& steps, ErrorList& errors) {
  std::map<std::string_view, const Node*> seen;
  for (const Node& step : steps.children) {
    const Node* name = step.Find("name");
    if (name == nullptr || name->kind != NodeKind::kString) continue;
    const auto [first, is_new] = seen.emplace(name->text, name);
    if (!is_new) {
      errors.Add(name->position, fmt::format("step {} stands at {} already", Quoted(name->text),
                                             Text(first->second->position)));
    }
  }
}

void ReadSteps(TableReader& reader, const std::string& journey, CheckContext& context,
               CheckSpec& spec) {
  ErrorList& errors = context.errors;
  const Node* steps = reader.Take("step");
  if (steps == nullptr || (steps->kind == NodeKind::kArray && steps->children.empty())) {
    errors.Add(reader.table().key_position,
               fmt::format("journey {} has no steps; write [[journey.{}.step]]", Quoted(journey),
                           Escape(journey)));
    return;
  }
  if (steps->kind != NodeKind::kArray) {
    errors.Add(steps->position, "steps are written as [[journey.NAME.step]]");
    return;
  }
  if (steps->children.size() > kStepLimit) {
    errors.Add(steps->children[kStepLimit].position, fmt::format("more than {} steps", kStepLimit));
    return;
  }
  KnownVariables variables;
  for (const Node& step : steps->children) {
    if (!Expect(step, NodeKind::kTable, errors)) continue;
    spec.steps.push_back(ReadStep(step, variables, context));
  }
  VerifyNames(*steps, errors);
}

/// The settings of a journey that none of its steps has.
CheckSpec Beginning(const Defaults& defaults) {
  CheckSpec spec;
  spec.every = defaults.spec.every;
  spec.regions = defaults.spec.regions;
  return spec;
}

}  // namespace

CheckSpec ReadJourney(const Node& table, const std::string& name, CheckContext& context) {
  CheckSpec spec = Beginning(context.defaults);
  auto identity = std::make_shared<CheckIdentity>();
  identity->name = name;
  identity->kind = "journey";
  identity->labels = context.defaults.labels;
  TableReader reader(table, context.errors);
  spec.timeout = Span::zero();
  ReadPaceKeys(reader, context.regions, spec);
  ReadLabels(reader, identity->labels);
  spec.expect = context.expressions.Compile(reader.Strings("expect"), "journey", context.errors);
  spec.warn = context.expressions.Compile(reader.Strings("warn"), "journey", context.errors);
  ReadSteps(reader, name, context, spec);
  reader.Done();
  if (!spec.steps.empty()) {
    const CheckSpec& first = *spec.steps.front().request;
    identity->target = first.identity->target;
    spec.target = first.target;
    spec.where = first.where;
  }
  if (spec.timeout == Span::zero()) {
    for (const JourneyStepSpec& step : spec.steps) spec.timeout += step.request->timeout;
    spec.timeout = std::min(spec.timeout, kLongestTimeout);
  }
  spec.identity = std::move(identity);
  return spec;
}

}  // namespace gaikei
