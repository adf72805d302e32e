/* poison.h - included before everything else: calls without a safe use do not compile. */
#ifndef TL_CORE_POISON_H
#define TL_CORE_POISON_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol gets

#endif
