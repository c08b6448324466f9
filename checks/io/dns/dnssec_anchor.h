#pragma once

#include <vector>

#include "checks/io/dns/dnssec.h"
#include "checks/io/dns/dnssec_keys.h"
#include "checks/io/dns/dnssec_name.h"

namespace gaikei::io {

struct TrustAnchor::Impl {
  dnssec::Name zone;
  std::string zone_text;
  std::vector<dnssec::Ds> keys;  ///< DNSKEY records are kept as the DS of them
};

}  // namespace gaikei::io
