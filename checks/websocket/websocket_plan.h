#pragma once

#include <memory>
#include <string>
#include <vector>

#include "checks/expect/expect.h"
#include "checks/io/tls/trust.h"
#include "checks/parts/dial.h"
#include "checks/parts/dialogue.h"
#include "checks/parts/redactor.h"
#include "checks/spec.h"

namespace gaikei {

/// A WebSocket check as it runs: compiled once, immutable, shared by all its attempts on all loops.
struct WebSocketPlan {
  DialTarget target;
  Secret request;  ///< head of the upgrade without its key and the empty line
  std::vector<std::string> subprotocols;            ///< that are offered
  std::shared_ptr<const io::TlsSetup> setup;        ///< null: plain text
  std::shared_ptr<const DialogueProgram> dialogue;  ///< null: none
  bool wants_message = false;  ///< without a dialogue: the first message is asked about
  bool pings = true;
  Redactor redactor;  ///< knows the secrets of the request and the dialogue
  std::vector<expect::Expression> expect;
  std::vector<expect::Expression> warn;
  bool judges_status = false;  ///< an expectation takes the place of "is 101"
};

}  // namespace gaikei
