#include "probe/config/step_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "checks/journey/capture.h"
#include "checks/journey/condition.h"
#include "probe/config/http_keys.h"
#include "probe/config/secrets.h"
#include "probe/config/tls_keys.h"

namespace gaikei {
namespace {

SourcePlace PlaceOf(const Node& node) {
  return {node.position.source->name, node.position.line, node.position.column};
}

std::string ReadName(TableReader& reader, JourneyStepSpec& step) {
  if (reader.table().Find("name") == nullptr) {
    reader.Take("name");
    reader.errors().Add(reader.table().position, "a step has no name");
    return {};
  }
  const Node* node = reader.Take("name", NodeKind::kString);
  if (node == nullptr) return {};
  step.where = PlaceOf(*node);
  if (std::string why = WhyNoName(node->text); !why.empty()) {
    reader.errors().Add(node->position, std::move(why));
  }
  return node->text;
}

/// What a secret URL shows is what any target shows: no user, no password, no parameters that are
/// named like secrets.
std::optional<Secret> TargetText(const Node& node, ErrorList& errors) {
  if (!IsSecretReference(node)) {
    if (!Expect(node, NodeKind::kString, errors)) return std::nullopt;
    return Secret(node.text, false);
  }
  auto secret = FetchSecret(node, errors);
  if (secret && secret->Reveal().find("${") != std::string_view::npos) {
    errors.Add(node.position, "a secret with ${ in it cannot be used in a step");
    return std::nullopt;
  }
  return secret;
}

/// A bare host means https:// (probe/config/target.h); what begins with a value brings its own. How
/// many bytes were put before the text.
std::size_t AddScheme(Secret& text) {
  constexpr std::string_view kScheme = "https://";
  const std::string_view written = text.Reveal();
  const std::size_t end = std::min(written.find_first_of("/?#$"), written.size());
  const bool has_scheme =
      written.substr(0, end).ends_with(':') && written.substr(end).starts_with("//");
  const Kind* kind = KindOfTarget(written);
  if (has_scheme || kind == nullptr || kind->name != "http" || written.starts_with("${")) return 0;
  text = Secret(std::string(kScheme) + std::string(written), text.is_secret());
  return kScheme.size();
}

void ReadStepTarget(TableReader& reader, const std::string& step, const KnownVariables& variables,
                    CheckSpec& spec, CheckIdentity& identity) {
  ErrorList& errors = reader.errors();
  const Node* node = reader.Take("target");
  if (node == nullptr) {
    errors.Add(reader.table().position, fmt::format("step {} has no target", Quoted(step)));
    return;
  }
  spec.where = PlaceOf(*node);
  auto text = TargetText(*node, errors);
  if (!text) return;
  const std::size_t added = AddScheme(*text);
  const auto place_in = [&](std::size_t offset) {
    return text->is_secret() ? node->position
                             : PositionInString(*node, offset - std::min(offset, added));
  };
  const auto compiled = Template::Compile(text->Reveal(), Place::kUrl, text->is_secret());
  if (!compiled) {
    errors.Add(place_in(compiled.error().offset), compiled.error().message);
    return;
  }
  for (const Template::Reference& reference : compiled->references()) {
    variables.Verify(reference.name, place_in(reference.offset), errors);
  }
  auto target = ParseTargetTemplate(text->Reveal(), *compiled);
  if (!target) {
    errors.Add(node->position, std::move(target.error()));
  } else if (target->kind->name != "http") {
    errors.Add(node->position, "a step is a request: its target is of http or https");
  } else {
    spec.target =
        text->is_secret() ? Secret(std::string(target->url.Reveal())) : std::move(target->url);
    identity.target = std::move(target->shown);
  }
}

/// "json.token", or { from = "json.id", secret = false }.
void ReadCapture(const Node& node, JourneyStepSpec& step, ErrorList& errors) {
  Capture capture;
  capture.name = node.key;
  capture.where = PlaceOf(node);
  if (!IsVariableName(node.key)) {
    errors.Add(node.key_position,
               fmt::format("{} is no name of a value: small letters, digits and _, not beginning "
                           "with a digit, at most 64",
                           Quoted(node.key)));
  } else if (IsReservedName(node.key)) {
    errors.Add(node.key_position, fmt::format("{} is a value of ours", Quoted(node.key)));
  }
  const Node* from = &node;
  if (node.kind == NodeKind::kTable) {
    TableReader reader(node, errors);
    from = reader.Take("from", NodeKind::kString);
    if (node.Find("from") == nullptr) errors.Add(node.position, "a capture has no from");
    capture.is_secret = reader.Boolean("secret").value_or(true);
    reader.Done();
  } else if (!Expect(node, NodeKind::kString, errors)) {
    return;
  }
  if (from == nullptr) return;
  capture.from = from->text;
  const auto compiled = CompiledCapture::Compile(capture.from);
  if (!compiled) {
    errors.Add(PositionInString(*from, compiled.error().offset), compiled.error().message);
  }
  step.captures.push_back(std::move(capture));
}

void ReadWhen(TableReader& reader, const KnownVariables& variables, JourneyStepSpec& step) {
  const Node* node = reader.Take("when", NodeKind::kString);
  if (node == nullptr) return;
  step.when = node->text;
  const auto condition = Condition::Compile(node->text);
  if (!condition) {
    reader.errors().Add(PositionInString(*node, condition.error().column),
                        condition.error().message);
    return;
  }
  const std::size_t at = node->text.find(condition->name());
  variables.Verify(condition->name(), PositionInString(*node, at == std::string::npos ? 0 : at),
                   reader.errors());
}

/// What a step has of [defaults]: nothing of when and how often, which is the journey's.
CheckSpec Beginning(const Defaults& defaults) {
  const CheckSpec plain;
  CheckSpec spec = defaults.spec;
  spec.every = plain.every;
  spec.regions.clear();
  spec.confirm = plain.confirm;
  spec.confirm_counts = plain.confirm_counts;
  spec.addresses = plain.addresses;
  return spec;
}

}  // namespace

JourneyStepSpec ReadStep(const Node& table, KnownVariables& variables, CheckContext& context) {
  JourneyStepSpec step;
  auto spec = std::make_shared<CheckSpec>(Beginning(context.defaults));
  auto identity = std::make_shared<CheckIdentity>();
  TableReader reader(table, context.errors);
  step.where = PlaceOf(table);
  step.name = ReadName(reader, step);
  identity->name = step.name;
  identity->kind = "http";
  ReadStepTarget(reader, step.name, variables, *spec, *identity);
  ReadTimeout(reader, *spec);
  ReadReachKeys(reader, *spec);
  ReadAddress(reader, *spec);
  spec->expect = context.expressions.Compile(reader.Strings("expect"), "http", context.errors);
  spec->warn = context.expressions.Compile(reader.Strings("warn"), "http", context.errors);
  ReadHttpCheckKeys(reader, *spec);
  VerifyTemplates(table, variables, context.errors);
  ReadWhen(reader, variables, step);
  step.always = reader.Boolean("always").value_or(false);
  if (const Node* captures = reader.Take("capture", NodeKind::kTable)) {
    for (const Node& capture : captures->children) ReadCapture(capture, step, context.errors);
  }
  reader.Done();
  for (const Capture& capture : step.captures) variables.Add(capture.name);
  spec->identity = std::move(identity);
  step.request = std::move(spec);
  return step;
}

}  // namespace gaikei
