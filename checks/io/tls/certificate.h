#pragma once

#include <string>

#include "results/outcome.h"

struct X509_name_st;
struct asn1_string_st;
struct x509_st;

namespace gaikei::io {

/// Everything an outcome says about one certificate. Pure; texts escaped.
CertificateInfo DescribeCertificate(x509_st* certificate);

/// Dates outside 1970 to 2262 ("no expiry" is written as 9999) are moved to its ends, so that the
/// difference of any two fits a Span; what is no date is the epoch.
WallTime TimeOf(const asn1_string_st* time);

/// RFC 2253 order, escaped.
std::string NameText(const X509_name_st* name);

}  // namespace gaikei::io
