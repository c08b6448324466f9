#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "checks/parts/dialogue.h"

using gaikei::Dialogue;
using gaikei::DialogueProgram;
using gaikei::DialogueStep;
using gaikei::Secret;

namespace {

using What = DialogueStep::What;
using Program = std::shared_ptr<const DialogueProgram>;

DialogueStep Expecting(const char* pattern) { return {What::kExpect, Secret(pattern, false)}; }
DialogueStep Sending(const char* text) { return {What::kSend, Secret(text, false)}; }

std::array<Program, 4> Programs() {
  const std::array<std::vector<DialogueStep>, 4> all = {{
      {Expecting("^220 (\\S+)"),
       Sending("EHLO $1\r\n"),
       Expecting("^250[ -](?P<what>.*)$"),
       Sending("${what}$$${what}\r\n"),
       Expecting("^250 "),
       {What::kStartTls, Secret()},
       Sending("QUIT\r\n"),
       Expecting("^221")},
      {Sending("PASS "),
       {What::kSend, Secret("hunter2")},
       Sending("\r\n"),
       Expecting("(.*)"),
       Sending("$1$1"),
       Expecting("x(y)?(z)*$"),
       Sending("<$1$2>")},
      {Expecting("login: $"),
       Sending("probe\n"),
       Expecting("\\C{4}"),
       {What::kStartTls, Secret()},
       Expecting("")},
      {Expecting("[[:cntrl:]]|\\x{202e}"), Expecting("^$"), Sending("x")},
  }};
  std::array<Program, 4> programs;
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto program = DialogueProgram::Compile(all[i]);
    if (!program) __builtin_trap();
    programs[i] = *program;
  }
  return programs;
}

/// The same bytes in such pieces; what was sent, with the verdict at the end.
std::string Play(const Program& program, bool has_secret, const std::string& bytes,
                 std::size_t piece) {
  Dialogue dialogue(program);
  std::string input;
  std::string sent;
  auto next = Dialogue::Next::kWait;
  for (std::size_t at = 0; next == Dialogue::Next::kWait; at += piece) {
    const bool is_over = at >= bytes.size();
    if (!is_over) input += bytes.substr(at, piece);
    while (true) {
      next = dialogue.Advance(input, is_over ? Dialogue::Input::kEnded : Dialogue::Input::kOpen);
      if (next == Dialogue::Next::kSend) {
        sent += dialogue.output();
        if (dialogue.output().size() > Dialogue::kOutputLimit) __builtin_trap();
      } else if (next != Dialogue::Next::kStartTls) {
        break;
      }
    }
    if (input.size() > Dialogue::kInputLimit + piece) __builtin_trap();
    if (is_over && next == Dialogue::Next::kWait) __builtin_trap();
  }
  if (dialogue.transcript().size() > Dialogue::kShownLines) __builtin_trap();
  for (const std::string& line : dialogue.transcript()) {
    if (has_secret && line.find("hunter2") != std::string::npos) __builtin_trap();
    if (line.find('\n') != std::string::npos) __builtin_trap();
  }
  if (dialogue.Where().empty() || dialogue.last_line().size() > 4 * Dialogue::kShownText) {
    __builtin_trap();
  }
  return sent + std::to_string(static_cast<int>(next)) + " " + std::to_string(dialogue.step());
}

}  // namespace

/// The first byte chooses the program and the size of the pieces, the rest is what the peer says.
/// However it is cut, the same is sent, and the end is the same: but for plain text before TLS,
/// which is an injection only where it has come already.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const std::array<Program, 4> programs = Programs();
  const Program& program = programs[data[0] % programs.size()];
  const bool has_secret = &program == &programs[1];
  const std::size_t piece = data[0] / programs.size() + 1;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = Play(program, has_secret, bytes, bytes.size() + 1);
  const std::string pieces = Play(program, has_secret, bytes, piece);
  if (!program->has_starttls() && whole != pieces) __builtin_trap();
  return 0;
}
