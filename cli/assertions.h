/* assertions.h - the assertions of --assert. */
#ifndef TL_CLI_ASSERTIONS_H
#define TL_CLI_ASSERTIONS_H

#include "cli/options.h"
#include "cli/select.h"
#include "export/assertions.h"

/* Reads the assertions; *assertions NULL: there are none. One that is refused is printed with a mark at the place. */
enum tl_failure tl_assertions_of(const struct tl_options *options, struct tl_select *select,
                                 struct tl_assertions **assertions, struct tl_error *error) TL_MUST_CHECK;
/*
 * After the run: prints the assertions that do not hold, and records, on standard error. Returns TL_E_ASSERTION if
 * there are any, unless the run did not get to its end; else `failure`, of the run.
 */
enum tl_failure tl_assertions_tell(const struct tl_assertions *assertions, enum tl_failure failure,
                                   struct tl_error *error);

#endif
