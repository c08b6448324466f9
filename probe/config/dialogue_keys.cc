#include "probe/config/dialogue_keys.h"

#include <fmt/format.h>

#include <optional>

#include "checks/parts/dialogue.h"
#include "probe/config/secrets.h"

namespace gaikei {
namespace {

using What = DialogueStep::What;

constexpr std::size_t kStepsLimit = 100;
constexpr std::size_t kTextLimit = std::size_t{64} * 1024;

/// The text of `expect` and `send`. Absent where something is wrong with it.
std::optional<Secret> StepText(const Node& node, What what, ErrorList& errors) {
  std::optional<Secret> text;
  if (what == What::kSend) {
    text = TextOrSecret(node, errors);
  } else if (Expect(node, NodeKind::kString, errors)) {
    text = Secret(node.text, false);
  }
  if (!text) return std::nullopt;
  if (text->empty()) {
    errors.Add(node.position, fmt::format("{} is empty", node.key));
    return std::nullopt;
  }
  if (text->Reveal().size() > kTextLimit) {
    errors.Add(node.position, fmt::format("{} is longer than 64 KiB", node.key));
    return std::nullopt;
  }
  return text;
}

std::optional<DialogueStep> ReadStep(const Node& table, ErrorList& errors) {
  if (!Expect(table, NodeKind::kTable, errors)) return std::nullopt;
  TableReader reader(table, errors);
  const Node* expect = reader.Take("expect");
  const Node* send = reader.Take("send");
  const Node* starttls = reader.Take("starttls");
  reader.Done();
  const auto count =
      (expect != nullptr ? 1 : 0) + (send != nullptr ? 1 : 0) + (starttls != nullptr ? 1 : 0);
  if (count != 1) {
    errors.Add(table.position, "a step has one of expect, send and starttls");
    return std::nullopt;
  }
  if (starttls != nullptr) {
    if (!Expect(*starttls, NodeKind::kBoolean, errors)) return std::nullopt;
    if (starttls->boolean) return DialogueStep{What::kStartTls, Secret()};
    errors.Add(starttls->position, "starttls = false is no step");
    return std::nullopt;
  }
  const What what = expect != nullptr ? What::kExpect : What::kSend;
  auto text = StepText(expect != nullptr ? *expect : *send, what, errors);
  if (!text) return std::nullopt;
  return DialogueStep{what, std::move(*text)};
}

}  // namespace

void ReadDialogue(TableReader& reader, StartTlsStep starttls, std::vector<DialogueStep>& dialogue) {
  const Node* array = reader.Take("dialogue", NodeKind::kArray);
  if (array == nullptr) return;
  ErrorList& errors = reader.errors();
  if (array->children.empty()) {
    errors.Add(array->position, "dialogue is empty: leave it away to connect alone");
  }
  if (array->children.size() > kStepsLimit) {
    errors.Add(array->position, fmt::format("dialogue: more than {} steps", kStepsLimit));
  }
  for (const Node& table : array->children) {
    auto step = ReadStep(table, errors);
    if (!step) continue;
    if (step->what == What::kStartTls && starttls == StartTlsStep::kTlsAlready) {
      errors.Add(table.position, "starttls contradicts tls = true");
    } else if (step->what == What::kStartTls && starttls == StartTlsStep::kNever) {
      errors.Add(table.position, "starttls is no step of a dialogue over messages");
    }
    dialogue.push_back(std::move(*step));
  }
  if (dialogue.size() != array->children.size()) return;
  if (const auto program = DialogueProgram::Compile(dialogue); !program) {
    errors.Add(array->position, program.error());
  }
}

}  // namespace gaikei
