#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "checks/expect/expect.h"
#include "checks/io/net/url.h"
#include "checks/io/tls/trust.h"
#include "checks/parts/dial.h"
#include "checks/parts/redactor.h"
#include "checks/spec.h"

namespace gaikei {

/// A gRPC check as it runs: compiled once, immutable, shared by all its attempts on all loops.
struct GrpcPlan {
  DialTarget target;
  io::Url url;          ///< of the method, http or https
  std::string service;  ///< that is asked for; empty: the server as a whole
  Secret body;          ///< of the request
  /// Sent in this order, ready for the wire: those of the protocol, then metadata.
  std::vector<std::pair<std::string, Secret>> headers;
  std::string user_agent;
  Redactor redactor;                          ///< knows the secrets among the metadata
  std::shared_ptr<const io::TlsSetup> setup;  ///< null: plain text
  std::vector<expect::Expression> expect;
  std::vector<expect::Expression> warn;
  bool judges_serving = false;  ///< an expectation takes the place of "is SERVING"
};

}  // namespace gaikei
