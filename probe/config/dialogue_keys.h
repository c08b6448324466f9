#pragma once

#include <vector>

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// Whether, and why not, a dialogue may have a starttls step.
enum class StartTlsStep : std::uint8_t {
  kAllowed,
  kTlsAlready,  ///< tls = true says that TLS is spoken from the first byte
  kNever,       ///< the dialogue is one over messages
};

/// `dialogue`: an array of tables, each of one of expect, send and starttls.
void ReadDialogue(TableReader& reader, StartTlsStep starttls, std::vector<DialogueStep>& dialogue);

}  // namespace gaikei
