#include "web/pages/pages.h"

const AkRoute ak_web_routes[] = {
    {"/", ak_page_runs},
    {"/style.css", ak_page_style},
    {"/progress.js", ak_page_progress_script},
    {"/products", ak_page_products},
    {"/products/product", ak_page_product},
    {"/products/version", ak_page_version},
    {"/compare", ak_page_compare},
    {"/runs/{}", ak_page_run},
    {"/runs/{}/requirements/{}", ak_page_requirement},
    {"/runs/{}/progress", ak_page_progress},
    {"/runs/{}/threats", ak_page_threats},
    {"/runs/{}/evidence", ak_page_evidence_list},
    {"/runs/{}/evidence/{}", ak_page_evidence},
    {"/runs/{}/downloads", ak_page_downloads},
    {"/runs/{}/reports/{}", ak_page_report},
    {"/runs/{}/proof", ak_page_proof},
    {"/runs/{}/files/{}", ak_page_file},
    {NULL, NULL},
};
