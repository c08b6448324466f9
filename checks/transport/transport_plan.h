#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "checks/http/http_plan.h"
#include "checks/io/net/url.h"
#include "checks/io/tls/trust.h"
#include "checks/parts/redactor.h"
#include "results/secret.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei {

/// The way to an upstream as it was read once: immutable.
struct TransportPlan {
  io::Url url;  ///< requests go to its origin and nowhere else
  /// Those of the configuration, and Authorization; each takes the place of one of the same name
  /// that the protocol has.
  std::vector<std::pair<std::string, Secret>> headers;
  HttpPlan way;  ///< its proxy and how names are looked up; nothing else of it is set
  std::shared_ptr<const io::TlsSetup> tls;  ///< never null for https
  Redactor secrets;                         ///< for our own texts
  /// For what the upstream says: a secret of a few letters would hide half of it.
  Redactor long_secrets;

  /// Reads the files. The error is one line without secrets.
  static tl::expected<std::shared_ptr<const TransportPlan>, std::string> Of(
      const UpstreamTransportSpec& spec);
};

}  // namespace gaikei
