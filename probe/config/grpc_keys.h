#pragma once

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// The keys of a `grpc` check: metadata, and those of TLS but alpn where the target speaks TLS.
/// REQUIRES: spec.target is read.
void ReadGrpcKeys(TableReader& reader, CheckSpec& spec);

}  // namespace gaikei
