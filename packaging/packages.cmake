# Debian packages: `cpack --config BUILD/CPackConfig.cmake`, or scripts/package. With the same SOURCE_DATE_EPOCH they have
# the same bytes.
set(TAPLIGHT_MAINTAINER "The Taplight authors <taplight@example.org>" CACHE STRING "Maintainer of the packages")

# What Debian's policy wants in each package: the copyright, and the changelog.
file(READ ${PROJECT_SOURCE_DIR}/LICENSE license)
string(REGEX REPLACE "\n\n" "\n.\n" license "${license}")
string(REGEX REPLACE "\n" "\n " license "${license}")
string(STRIP "${license}" license)
configure_file(${CMAKE_CURRENT_LIST_DIR}/copyright.in ${PROJECT_BINARY_DIR}/packaging/copyright @ONLY)
configure_file(${CMAKE_CURRENT_LIST_DIR}/changelog.in ${PROJECT_BINARY_DIR}/packaging/changelog @ONLY)
execute_process(COMMAND gzip -9nc ${PROJECT_BINARY_DIR}/packaging/changelog
                OUTPUT_FILE ${PROJECT_BINARY_DIR}/packaging/changelog.gz)

set(components program)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME taplight)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION net)
# Loaded when --to and --geoip need them.
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS "libcurl4 | libcurl3-gnutls, libmaxminddb0")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "libhiredis0.14, libnats3.4, librdkafka1")
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "packet analyzer with a terminal view, records and statistics
 Taplight captures packets or reads capture files, decodes them, and follows
 every flow and every transaction of HTTP, mail, DNS and other protocols. It
 shows them in a terminal view, or prints text or JSON: records with Zeek's
 names, packets with Wireshark's names.")
if(TARGET taplight_shared)
  list(APPEND components library dev)
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libtaplight0)
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
  set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "library that decodes packets and follows flows
 The engine of the packet analyzer taplight: packets with their layers and
 fields, records of flows and transactions, streams, and columns of fields.")
  file(WRITE ${PROJECT_BINARY_DIR}/packaging/triggers "activate-noawait ldconfig\n")
  file(WRITE ${PROJECT_BINARY_DIR}/packaging/shlibs
       "libtaplight ${PROJECT_VERSION_MAJOR} libtaplight0 (>= ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})\n")
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA
      "${PROJECT_BINARY_DIR}/packaging/triggers;${PROJECT_BINARY_DIR}/packaging/shlibs")
  set(CPACK_DEBIAN_DEV_PACKAGE_NAME libtaplight-dev)
  set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
  set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libtaplight0 (= ${PROJECT_VERSION})")
  set(CPACK_COMPONENT_DEV_DESCRIPTION "library that decodes packets and follows flows (development)
 The header and the pkg-config file of libtaplight, the engine of the packet
 analyzer taplight.")
endif()
if(TARGET taplight_python)
  list(APPEND components python)
  set(CPACK_DEBIAN_PYTHON_PACKAGE_NAME python3-taplight)
  set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
  set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS "python3 (>= 3.11), libtaplight0 (= ${PROJECT_VERSION})")
  set(CPACK_COMPONENT_PYTHON_DESCRIPTION "Python module that decodes packets and follows flows
 The module taplight: packets with their fields by name, records of flows and
 transactions as dicts, columns of fields for numpy, and live capture.")
endif()
foreach(component ${components})
  string(TOUPPER ${component} upper)
  set(doc share/doc/${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  install(FILES ${PROJECT_BINARY_DIR}/packaging/copyright ${PROJECT_BINARY_DIR}/packaging/changelog.gz DESTINATION ${doc}
          COMPONENT ${component})
endforeach()

# Services of systemd, which do nothing before there is a file of options; the example is one.
install(FILES packaging/taplight.service packaging/taplight@.service DESTINATION lib/systemd/system COMPONENT program)
install(FILES packaging/taplight.conf DESTINATION share/doc/taplight/examples COMPONENT program)

set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL ${components})
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT ${TAPLIGHT_MAINTAINER})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_THREADS 0)
include(CPack)
