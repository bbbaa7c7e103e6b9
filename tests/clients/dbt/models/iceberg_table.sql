{{ config(materialized='table', table_type='iceberg') }}
select id, customer from {{ ref('orders_view') }}
