#pragma once

#include <memory>
#include <vector>

#include "checks/check.h"
#include "checks/io/tls/trust.h"
#include "checks/parts/dial.h"
#include "checks/parts/dialogue.h"
#include "checks/spec.h"

namespace gaikei {

/// A TCP check as it runs: compiled once, immutable, shared by all its attempts on all loops.
struct TcpPlan {
  DialTarget target;
  bool is_tls = false;                              ///< TLS from the first byte
  std::shared_ptr<const io::TlsSetup> setup;        ///< null: TLS is never spoken
  std::shared_ptr<const DialogueProgram> dialogue;  ///< null: none
  bool wants_banner = false;  ///< without a dialogue: what the peer says first is asked about
  std::vector<expect::Expression> expect;
  std::vector<expect::Expression> warn;
};

/// Begins one attempt of a TCP check. See Check::Start.
std::unique_ptr<Attempt> StartTcpAttempt(std::shared_ptr<const TcpPlan> plan,
                                         const AttemptContext& context, AttemptDone done);

}  // namespace gaikei
