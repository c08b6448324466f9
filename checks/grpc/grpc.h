#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "checks/check.h"
#include "checks/spec.h"

namespace gaikei {

/// Kind `grpc`: what a server says of its own health, asked by grpc.health.v1.Health/Check
/// (docs/grpc.md).
///
/// Errors: a target that is none (see ParseGrpcTarget); metadata that cannot be sent; TLS files
/// that cannot be read.
tl::expected<std::unique_ptr<Check>, std::string> MakeGrpcCheck(const CheckSpec& spec);

/// Why a name cannot be one of metadata: capitals, bytes that no name has, a name that gRPC or HTTP
/// has for itself. Empty when it can.
std::string WhyNoMetadataName(const std::string& name);

}  // namespace gaikei
