#pragma once

#include <memory>

#include "checks/check.h"
#include "checks/grpc/grpc_plan.h"

namespace gaikei {

/// Begins one attempt of a gRPC check. See Check::Start.
std::unique_ptr<Attempt> StartGrpcAttempt(std::shared_ptr<const GrpcPlan> plan,
                                          const AttemptContext& context, AttemptDone done);

}  // namespace gaikei
