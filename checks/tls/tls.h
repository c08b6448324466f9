#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "checks/check.h"
#include "checks/spec.h"

namespace gaikei {

/// Compiles a check of kind `tls`: a connection, where asked for the talk that leads to TLS
/// (checks/tls/starttls.h), and a handshake. Passes on a handshake with a peer that is verified;
/// lints (docs/tls.md) that are not ignored make it warn.
///
/// Without a port the target is at 443, with `starttls` at the protocol's own.
///
/// Errors are one line: a target without host, a file that cannot be read, a lint that is none.
tl::expected<std::unique_ptr<Check>, std::string> MakeTlsCheck(const CheckSpec& spec);

}  // namespace gaikei
