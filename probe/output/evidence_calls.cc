#include <fmt/format.h>

#include "probe/output/evidence_block.h"

namespace gaikei {

void AddGrpc(const GrpcEvidence& grpc, Block& block) {
  const std::string dot = fmt::format(" {} ", block.style().Dot());
  const std::string of = grpc.service.empty() ? "the server" : grpc.service;
  if (!grpc.serving_status.empty()) {
    const bool is_serving = grpc.serving_status == "SERVING";
    block.Add("grpc", Join({of, grpc.serving_status}, dot),
              is_serving ? Tone::kPlain : Tone::kCaution);
  } else if (grpc.status >= 0) {
    std::string text = fmt::format("grpc-status {} {}", grpc.status, grpc.status_name);
    if (!grpc.message.empty()) text += ": " + grpc.message;
    block.Add("grpc", Join({of, text}, dot), grpc.status == 0 ? Tone::kPlain : Tone::kCaution);
  }
}

void AddWebSocket(const WebSocketEvidence& websocket, Block& block) {
  if (websocket.status == 0) return;
  const std::string dot = fmt::format(" {} ", block.style().Dot());
  std::vector<std::string> facts = {fmt::format("status {}", websocket.status)};
  if (!websocket.subprotocol.empty()) facts.push_back("subprotocol " + websocket.subprotocol);
  if (websocket.ping) facts.push_back("ping " + FormatDuration(*websocket.ping));
  if (websocket.close_code) {
    std::string text = fmt::format("closed with {}", *websocket.close_code);
    if (!websocket.close_reason.empty()) text += fmt::format(" \"{}\"", websocket.close_reason);
    facts.push_back(std::move(text));
  }
  block.Add("websocket", Join(facts, dot));
  for (const std::string& line : websocket.dialogue) block.Add("dialogue", line);
  if (websocket.dialogue.empty() && !websocket.response.empty()) {
    block.Add("response", websocket.response);
  }
}

}  // namespace gaikei
