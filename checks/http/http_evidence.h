#pragma once

#include "checks/io/http/http_transfer.h"
#include "checks/parts/redactor.h"
#include "results/outcome.h"

namespace gaikei {

/// Writes what an answer says of itself into the evidence: status, version, sizes, date, fields.
/// Notes are added to those that are there. Nothing that `secrets` knows is in it.
void KeepAnswer(const io::HttpAnswer& answer, const Redactor& secrets, HttpEvidence& http);

}  // namespace gaikei
