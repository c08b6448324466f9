#include "probe/config/websocket_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "checks/websocket/websocket.h"
#include "probe/config/dialogue_keys.h"
#include "probe/config/headers.h"
#include "probe/config/target.h"
#include "probe/config/tls_keys.h"
#include "results/http_text.h"

namespace gaikei {
namespace {

void ReadSubprotocols(TableReader& reader, WebSocketOptions& websocket) {
  for (const Node* name : reader.StringOrStrings("subprotocols")) {
    auto& known = websocket.subprotocols;
    if (!IsToken(name->text)) {
      reader.errors().Add(name->position,
                          fmt::format("{} is no name of a subprotocol", Quoted(name->text)));
    } else if (std::find(known.begin(), known.end(), name->text) != known.end()) {
      reader.errors().Add(name->position, fmt::format("{} comes twice", Quoted(name->text)));
    } else {
      known.push_back(name->text);
    }
  }
}

/// The handshake's own fields are nobody else's to set.
void RefuseHandshakeHeaders(TableReader& reader) {
  const Node* headers = reader.table().Find("headers");
  if (headers == nullptr) return;
  for (const Node& header : headers->children) {
    if (!IsHandshakeHeader(header.key) || EqualsIgnoringCase(header.key, "content-length") ||
        EqualsIgnoringCase(header.key, "transfer-encoding")) {
      continue;
    }
    reader.errors().Add(
        header.key_position,
        fmt::format("header {} follows from the handshake and cannot be set", Quoted(header.key)));
  }
}

}  // namespace

void ReadWebSocketKeys(TableReader& reader, CheckSpec& spec) {
  ReadHeaders(reader, spec.http);
  RefuseHandshakeHeaders(reader);
  ReadSubprotocols(reader, spec.websocket);
  ReadDialogue(reader, StartTlsStep::kNever, spec.websocket.dialogue);
  spec.websocket.pings = reader.Boolean("ping").value_or(spec.websocket.pings);
  ReadTlsKeys(reader, spec.tls);
  if (!IsSecureTarget(spec.target)) RefuseTlsKeys(reader, "a target of wss://");
}

}  // namespace gaikei
