#include <cstddef>
#include <cstdint>
#include <string>

#include "checks/tls/starttls.h"

using gaikei::StartTlsDialogue;

namespace {

/// A dialogue whose server speaks in such pieces.
void Play(const gaikei::StartTlsProtocol& protocol, const std::string& bytes, std::size_t piece) {
  const auto dialogue = protocol.make("host.example");
  std::string input;
  std::string output;
  auto state = dialogue->Feed(input, output);
  for (std::size_t at = 0; at < bytes.size() && state == StartTlsDialogue::State::kTalking;
       at += piece) {
    input += bytes.substr(at, piece);
    state = dialogue->Feed(input, output);
    if (input.size() > StartTlsDialogue::kUnitLimit + piece) __builtin_trap();
  }
  const bool has_failed = state == StartTlsDialogue::State::kFailed;
  if (has_failed != (dialogue->reason() != gaikei::Reason::kNone)) __builtin_trap();
  if (has_failed == dialogue->message().empty()) __builtin_trap();
  if (state == StartTlsDialogue::State::kDone && !input.empty()) __builtin_trap();
  if (output.size() > 1024 || dialogue->message().size() > 1024) __builtin_trap();
  if (dialogue->TakeTranscript().size() > 32) __builtin_trap();
}

}  // namespace

/// The first byte chooses the protocol, the rest is what the server says: bounded whatever that is,
/// and every end explained.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto protocols = gaikei::AllStartTlsProtocols();
  const auto& protocol = protocols[data[0] % protocols.size()];
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  Play(protocol, bytes, 1);
  Play(protocol, bytes, bytes.size() + 1);
  return 0;
}
