#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "probe/import/secret_names.h"

namespace gaikei {

/// A body as a key of a step.
struct ImportedBody {
  std::string key;  ///< "json", "form" or "body"
  TomlValue value;
  std::string brings;  ///< the Content-Type that the key brings by itself; empty: none
};

/// JSON and forms as tables where those say the same as the text, everything else as it is. Values
/// of fields that are named like secrets go to `secrets`; a text that may hold one and cannot be
/// taken apart goes there as a whole. `step` is for the list of secrets. REQUIRES: valid UTF-8.
ImportedBody ImportBody(std::string_view content_type, const std::string& text,
                        const std::string& step, SecretNames& secrets);

/// RFC 3629.
bool IsValidUtf8(std::string_view text);

}  // namespace gaikei
