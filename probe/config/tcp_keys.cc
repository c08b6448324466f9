#include "probe/config/tcp_keys.h"

#include <algorithm>

#include "probe/config/dialogue_keys.h"
#include "probe/config/tls_keys.h"

namespace gaikei {

void ReadTcpKeys(TableReader& reader, CheckSpec& spec) {
  TcpOptions& tcp = spec.tcp;
  tcp.tls = reader.Boolean("tls").value_or(tcp.tls);
  ReadDialogue(reader, tcp.tls ? StartTlsStep::kTlsAlready : StartTlsStep::kAllowed, tcp.dialogue);
  ReadTlsKeys(reader, spec.tls);
  const bool has_tls = tcp.tls || std::any_of(tcp.dialogue.begin(), tcp.dialogue.end(),
                                              [](const DialogueStep& step) {
                                                return step.what == DialogueStep::What::kStartTls;
                                              });
  if (!has_tls) RefuseTlsKeys(reader, "tls = true or a starttls step");
}

}  // namespace gaikei
