#pragma once

#include <memory>

#include "checks/check.h"
#include "checks/websocket/websocket_plan.h"

namespace gaikei {

/// Begins one attempt of a WebSocket check. See Check::Start.
std::unique_ptr<Attempt> StartWebSocketAttempt(std::shared_ptr<const WebSocketPlan> plan,
                                               const AttemptContext& context, AttemptDone done);

}  // namespace gaikei
