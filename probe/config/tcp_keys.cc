#include "probe/config/tcp_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "checks/parts/dialogue.h"
#include "probe/config/secrets.h"
#include "probe/config/tls_keys.h"

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

void ReadDialogue(TableReader& reader, TcpOptions& tcp) {
  const Node* dialogue = reader.Take("dialogue", NodeKind::kArray);
  if (dialogue == nullptr) return;
  ErrorList& errors = reader.errors();
  if (dialogue->children.empty()) {
    errors.Add(dialogue->position, "dialogue is empty: leave it away to connect alone");
  }
  if (dialogue->children.size() > kStepsLimit) {
    errors.Add(dialogue->position, fmt::format("dialogue: more than {} steps", kStepsLimit));
  }
  for (const Node& table : dialogue->children) {
    auto step = ReadStep(table, errors);
    if (!step) continue;
    if (step->what == What::kStartTls && tcp.tls) {
      errors.Add(table.position, "starttls contradicts tls = true");
    }
    tcp.dialogue.push_back(std::move(*step));
  }
  if (tcp.dialogue.size() != dialogue->children.size()) return;
  if (const auto program = DialogueProgram::Compile(tcp.dialogue); !program) {
    errors.Add(dialogue->position, program.error());
  }
}

}  // namespace

void ReadTcpKeys(TableReader& reader, CheckSpec& spec) {
  TcpOptions& tcp = spec.tcp;
  tcp.tls = reader.Boolean("tls").value_or(tcp.tls);
  ReadDialogue(reader, tcp);
  ReadTlsKeys(reader, spec.tls);
  const bool has_tls =
      tcp.tls || std::any_of(tcp.dialogue.begin(), tcp.dialogue.end(),
                             [](const DialogueStep& step) { return step.what == What::kStartTls; });
  if (!has_tls) RefuseTlsKeys(reader, "tls = true or a starttls step");
}

}  // namespace gaikei
