#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/check.h"
#include "checks/expect/expect.h"
#include "checks/io/tls/trust.h"
#include "checks/parts/dial.h"
#include "checks/tls/starttls.h"

namespace gaikei {

/// A CheckSpec of kind `tls`, compiled once. Immutable, shared by all its attempts.
struct TlsPlan {
  DialTarget target;
  std::shared_ptr<const io::TlsSetup> setup;   ///< never null
  const StartTlsProtocol* starttls = nullptr;  ///< null: TLS from the first byte
  std::string name;  ///< whom a STARTTLS dialogue names: server_name, else the host
  std::vector<std::string> ignored_lints;
  std::vector<expect::Expression> expect;
  std::vector<expect::Expression> warn;
};

/// Begins one attempt of a TLS check. See Check::Start.
std::unique_ptr<Attempt> BeginTlsAttempt(std::shared_ptr<const TlsPlan> plan,
                                         const AttemptContext& context, AttemptDone done);

}  // namespace gaikei
