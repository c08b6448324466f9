#pragma once

#include "checks/grpc/grpc_message.h"
#include "checks/io/http/http_transfer.h"
#include "checks/parts/redactor.h"
#include "results/outcome.h"

namespace gaikei {

/// Reads a whole HTTP answer as that of a unary call (gRPC over HTTP/2, "Responses"): status, in
/// trailers or, where nothing but a head came, in the head; and the message where the status is OK.
///
/// Fills in what there is of the evidence. The fault has reason kNone where the answer is one,
/// whatever it says. Pure.
GrpcFault ReadGrpcAnswer(const io::HttpAnswer& answer, const Redactor& redactor,
                         GrpcEvidence& evidence);

/// "grpc-status 12 UNIMPLEMENTED: unknown service". REQUIRES: there is a status.
std::string CallStatusText(const GrpcEvidence& evidence);

}  // namespace gaikei
