#pragma once

#include <string_view>

#include "checks/spec.h"
#include "probe/config/reader.h"

namespace gaikei {

/// ASCII, no locale.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

/// True for the name of a header, or of metadata, whose value gives access to something.
bool CarriesCredentials(std::string_view name);

/// `headers = { Name = VALUE }`: a value is a string, a secret, or an array of them for a header
/// that is sent several times. A value of a header that carries credentials by its name is a secret
/// however it is written.
void ReadHeaders(TableReader& reader, HttpOptions& http);

}  // namespace gaikei
