/* linktype.h - the LINKTYPE_ value of frames that the program makes itself. */
#ifndef TL_CORE_LINKTYPE_H
#define TL_CORE_LINKTYPE_H

enum { TL_LINKTYPE_ETHERNET = 1 };

#endif
